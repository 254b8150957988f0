import { type CauseFamily, type Form, familyOf, type LikelyCause } from './cause.ts';

const HOST = String.raw`(?:[\w-]+(?:\.[\w-]+){0,20}|\[?[\da-f:]{2,45}\]?|\*)`;
const PORT = String.raw`(\d{1,5})\b`;
const IN_USE =
  '(?:address (?:is )?already in use|EADDRINUSE|Only one usage of each socket address|port is already allocated)';

/** The line does not say which port. */
export const PORT_IN_USE: LikelyCause = { why: 'a port that it wants to listen on is in use' };

const inUse = (port: string): LikelyCause | undefined =>
  isPort(port)
    ? {
        spec: `port:${port}`,
        why: `port ${port} is in use; the check names the process that holds it`,
        port: Number(port),
      }
    : undefined;

const refused = (host: string, port: string): LikelyCause | undefined => {
  if (!isPort(port)) return undefined;
  const at = `${host.replace(/^\[|\]$/g, '') || '127.0.0.1'}:${port}`;
  return { spec: `tcp:${at}`, why: `nothing accepts connections at ${at}` };
};

const silent = (host: string, port: string): LikelyCause | undefined =>
  isPort(port) ? { spec: `tcp:${host}:${port}`, why: `${host}:${port} did not answer in time` } : undefined;

const unknownHost = (host: string): LikelyCause => ({
  spec: `run:getent hosts ${host}`,
  why: `the name ${host} cannot be resolved: DNS, the network, or a typing error`,
});

const FORMS: readonly Form[] = [
  // In use: Node, Go, Python, Java, nginx, Docker, Vite, Next, Rust, PostgreSQL, and programs of others.
  [new RegExp(`:${PORT}.{0,80}${IN_USE}`, 'i'), inUse],
  [new RegExp(String.raw`['"], ${PORT}\).{0,40}${IN_USE}`, 'i'), inUse],
  [new RegExp(`${IN_USE}.{0,80}?(?:\\bport |: ?)${PORT}`, 'i'), inUse],
  [new RegExp(String.raw`${IN_USE}.{0,20}\(['"][^'"]{0,64}['"], ${PORT}\)`, 'i'), inUse],
  [
    new RegExp(
      String.raw`\bport[ :=]+${PORT}.{0,40}(?:${IN_USE}|\b(?:is|was|already|currently) (?:already |currently )?(?:in use|used|taken|occupied|allocated|bound))`,
      'i',
    ),
    inUse,
  ],
  [
    new RegExp(
      String.raw`\bport (?:is )?(?:already )?in use:? ?${PORT}|already (?:running|listening) on (?:port )?:?${PORT}`,
      'i',
    ),
    (a = '', b = '') => inUse(a || b),
  ],
  [new RegExp(IN_USE, 'i'), () => PORT_IN_USE],
  // No answer.
  [new RegExp(`(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) (${HOST}):${PORT}`, 'i'), silent],
  [new RegExp(`dial tcp (${HOST}):${PORT}.{0,40}(?:i/o timeout|no route to host|network is unreachable)`, 'i'), silent],
  [new RegExp(`Failed to connect to (${HOST}) port ${PORT}.{0,60}timed? ?out`, 'i'), silent],
  [
    new RegExp(
      `connect to (?:host |address )?(${HOST}) port ${PORT}.{0,20}(?:timed out|No route to host|Network is unreachable)`,
      'i',
    ),
    silent,
  ],
  [new RegExp(`host=['"]?(${HOST})['"]?, port=${PORT}.{0,400}timed out`, 'i'), silent],
  // Refused: Node, Go, Python, curl, PostgreSQL, MySQL, Redis, Java, Rust.
  [new RegExp(`ECONNREFUSED (${HOST}):${PORT}`, 'i'), refused],
  [new RegExp(String.raw`dial (?:tcp|udp)\d? (${HOST}):${PORT}.{0,40}(?:connection refused)`, 'i'), refused],
  [
    new RegExp(
      String.raw`Failed to connect to (${HOST}) port ${PORT}.{0,60}(?:refused|Could not connect|Couldn't connect|after \d+ ms)`,
      'i',
    ),
    refused,
  ],
  [new RegExp(`host=['"]?(${HOST})['"]?, port=${PORT}.{0,400}refused`, 'i'), refused],
  [new RegExp(`(?:server )?at "(${HOST})".{0,30}port ${PORT} failed: Connection refused`, 'i'), refused],
  [new RegExp(`(${HOST}):${PORT}.{0,80}connection refused`, 'i'), refused],
  [
    new RegExp(
      `connect(?:ion)? to (?:the )?(?:host |server |address )?(${HOST})(?: port |:)${PORT}.{0,20}\\brefused`,
      'i',
    ),
    refused,
  ],
  [
    new RegExp(
      String.raw`Can't connect to (?:MySQL |MariaDB )?server on '(${HOST})(?::${PORT})?' \((?:\[Errno )?(?:111|61)\b`,
    ),
    (host = '', port = '') => refused(host, port || '3306'),
  ],
  [
    /Can't connect to local (?:MySQL |MariaDB )?server through socket|connection to server on socket .{0,200}(?:No such file|refused)/,
    () => ({ why: 'the local database server is not running, or listens on another socket' }),
  ],
  [new RegExp(`connection refused.{0,60}?(${HOST}):${PORT}`, 'i'), refused],
  [
    /\bConnectionRefusedError\b|\bConnectException: Connection refused\b|\bconnection refused \(os error/i,
    () => ({ why: 'a service that it needs refuses connections: it is not running, or listens elsewhere' }),
  ],
  // Names.
  [new RegExp(`getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (${HOST})`, 'i'), unknownHost],
  [new RegExp(`Could not resolve host(?:name)?:? (${HOST})`, 'i'), unknownHost],
  [
    new RegExp(
      String.raw`lookup (${HOST})(?: on \S{1,80})?: (?:no such host|server misbehaving|Temporary failure|i/o timeout)`,
      'i',
    ),
    unknownHost,
  ],
  [new RegExp(`could not translate host name "(${HOST})" to address`, 'i'), unknownHost],
  [new RegExp(`UnknownHostException: (${HOST})`), unknownHost],
  [new RegExp(`unable to resolve host address ['‘](${HOST})['’]`, 'i'), unknownHost],
  [new RegExp(`Failed to resolve '(${HOST})'`, 'i'), unknownHost],
  [
    /\bgaierror\b|Name or service not known|Temporary failure in name resolution/i,
    () => ({ why: 'a host name cannot be resolved: DNS, the network, or a typing error' }),
  ],
  // Certificates.
  [
    /CERTIFICATE_VERIFY_FAILED|unable to (?:get|verify) (?:local issuer|the first) certificate|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|self[- ]signed certificate|CERT_HAS_EXPIRED|certificate has expired|x509: |SSL certificate problem|server certificate verification failed|PKIX path building failed|ERR_TLS_CERT_ALTNAME_INVALID|invalid peer certificate/i,
    () => ({
      why: 'a TLS certificate is not trusted: it has expired, or its CA is not known here (a proxy, missing ca-certificates, a wrong clock)',
    }),
  ],
  // Services that answer, but not as hoped.
  [
    /Cannot connect to the Docker daemon|docker daemon is not running|error during connect: .{0,80}docker/i,
    () => ({ spec: 'run:docker info', why: 'the Docker daemon cannot be reached' }),
  ],
  [
    /permission denied.{0,80}docker(?:\.sock| daemon socket)/i,
    () => ({ spec: 'run:docker info', why: 'the Docker daemon may not be used by this user' }),
  ],
  [
    /could not read Username for|Authentication failed for 'https?:|Permission denied \(publickey|terminal prompts disabled|Host key verification failed|Invalid username or (?:password|token)/i,
    () => ({ why: 'git cannot log in to the remote: no key or token, and a run cannot be asked for one' }),
  ],
];

/** Ports, addresses, names, certificates and services. */
export const network: CauseFamily = familyOf(FORMS);

function isPort(digits: string): boolean {
  return Number(digits) >= 1 && Number(digits) <= 65_535;
}
