// How frontends read the lines of a log that they show with its colours. Browsers load it too: neither zod nor a node: module is loaded.
export {
  PLAIN,
  type StyledPiece,
  styledLine,
  type TerminalColour,
  type TextStyle,
} from '@pm/output';
