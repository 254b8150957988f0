/** An error of the code, or a failed test. An edit mends it, whatever an earlier line says of the environment. */
const CODE =
  /^(?!.*\bfetch failed$).*(?:\b(?:Assertion|Key|Type|Name|Reference|Syntax|Indentation|Attribute|Value|Index|ZeroDivision|Range|NotImplemented|UnboundLocal|NoMethod)Error\b|\b(?:NullPointer|NullReference|IndexOutOf\w*|IllegalArgument|IllegalState|ClassCast|NumberFormat|Arithmetic)Exception\b|\bAssertionFailed\w*|\berror(?:\[E\d+\]| TS\d+| CS\d+)|\.\w{1,6}[:(]\d+\S{0,20} error: (?!.*No space left)|\bpanicked at\b|\bpanic: (?:runtime error|assertion)|\bassert(?:ion)?s?\b|\bexpected\b.{0,200}\b(?:to|but|got|received)\b|\bexpect\()/iu;

/** A line that quotes such words and is no error: the title of a test, source code, a diff, a comparison, an error that is tried again. */
const QUOTED =
  /^\s*(?:[✓✔✗✕✖✘×●○]|(?:PASS|FAIL|ok|not ok|---)\b|(?:it|test|describe)\(|>?\s*\d+\s*[|│]|[+-]\s*\S|\/\/|#(?!\d)|\*|at\s|File ")|[=!]==?\s*['"`]?E[A-Z]{3,}|['"`]E[A-Z]{3,}['"`]\s*[=!]==?|\b(?:catch|if|return|case|throw new)\b.{0,80}\bE[A-Z]{4,}\b|\b(?:retry(?:ing)?|try(?:ing)? again|will retry|reconnecting|ignor(?:ed|ing)|falling back|fallback|handles|should|simulat\w*|mock\w*)\b/iu;

/** After it, an error above is over. */
const OVER = /\b(?:re)?connected(?: to\b|$|[.!])|\b(?:recovered|succeeded|retry successful|is up again)\b/i;

/** The line tells an error of the code. */
export function isCodeError(line: string): boolean {
  return CODE.test(line);
}

/** The line only quotes an error. */
export function isQuoted(line: string): boolean {
  return QUOTED.test(line);
}

/** The line says that something that had failed works again. */
export function isOver(line: string): boolean {
  return OVER.test(line);
}
