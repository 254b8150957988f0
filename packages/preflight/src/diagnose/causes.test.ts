import { describe, expect, test } from 'vitest';
import { prepareCheck } from '../run/prepare-checks.ts';
import { likelyCause } from './diagnose.ts';

/** A cause, the check that finds it, and lines in which programs print it. `spec` undefined: no check finds it. */
const CAUSES: readonly (readonly [name: string, spec: string | undefined, why: RegExp, lines: readonly string[]])[] = [
  [
    'a port in use',
    'port:8080',
    /port 8080 is in use/,
    [
      'Error: listen EADDRINUSE: address already in use :::8080',
      'Error: listen EADDRINUSE: address already in use 127.0.0.1:8080',
      'listen tcp :8080: bind: address already in use',
      'panic: listen tcp 0.0.0.0:8080: bind: address already in use',
      "[ERROR] [Errno 98] error while attempting to bind on address ('127.0.0.1', 8080): address already in use",
      'nginx: [emerg] bind() to 0.0.0.0:8080 failed (98: Address already in use)',
      'Error: Port 8080 is already in use',
      'Port 8080 is in use, trying another one failed',
      'Web server failed to start. Port 8080 was already in use.',
      'could not bind IPv4 address "127.0.0.1": Address already in use; is another postmaster already running on port 8080?',
      'docker: Error response from daemon: driver failed programming external connectivity: Bind for 0.0.0.0:8080 failed: port is already allocated.',
      'Error: Something is already running on port 8080.',
      'Address already in use - bind(2) for "127.0.0.1" port 8080 (Errno::EADDRINUSE)',
      'Failed to listen on 127.0.0.1:8080 (reason: Address already in use)',
      "OSError: [Errno 48] Address already in use: ('', 8080)",
    ],
  ],
  [
    'a port in use, not which',
    undefined,
    /a port .* is in use/,
    [
      'OSError: [Errno 98] Address already in use',
      'OSError: [Errno 48] Address already in use',
      'java.net.BindException: Address already in use',
      'Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }',
      'bind: Address already in use',
    ],
  ],
  [
    'a full disk',
    'disk:100MiB',
    /disk is full/,
    [
      'Error: ENOSPC: no space left on device, write',
      'OSError: [Errno 28] No space left on device',
      'cp: error writing ‘x’: No space left on device',
      'write /var/x: no space left on device',
      'java.io.IOException: No space left on device',
      'npm ERR! nospc ENOSPC: no space left on device, mkdir',
      'error: No space left on device (os error 28)',
      'fatal: write error: Disk quota exceeded',
      'sqlite3.OperationalError: database or disk is full',
      'collect2: fatal error: cannot write: No space left on device',
    ],
  ],
  [
    'too many watched files',
    undefined,
    /max_user_watches/,
    [
      "Error: ENOSPC: System limit for number of file watchers reached, watch '/srv/x'",
      'Error from chokidar: Error: ENOSPC: System limit for number of file watchers reached',
      'inotify_add_watch: No space left on device',
      'OSError: inotify watch limit reached',
      'ENOSPC inotify limit reached',
    ],
  ],
  [
    'a refused connection',
    'tcp:127.0.0.1:5432',
    /nothing accepts connections/,
    [
      'Error: connect ECONNREFUSED 127.0.0.1:5432',
      'AggregateError [ECONNREFUSED]: connect ECONNREFUSED 127.0.0.1:5432',
      'dial tcp 127.0.0.1:5432: connect: connection refused',
      'curl: (7) Failed to connect to 127.0.0.1 port 5432 after 0 ms: Connection refused',
      "curl: (7) Failed to connect to 127.0.0.1 port 5432 after 0 ms: Couldn't connect to server",
      'psql: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
      "urllib3.exceptions.MaxRetryError: HTTPConnectionPool(host='127.0.0.1', port=5432): Max retries exceeded with url: / (Caused by NewConnectionError: [Errno 111] Connection refused)",
      'Could not connect to Redis at 127.0.0.1:5432: Connection refused',
      'java.net.ConnectException: Connect to 127.0.0.1:5432 failed: Connection refused',
      'Error: connection refused: http://127.0.0.1:5432/x',
      'ssh: connect to host 127.0.0.1 port 5432: Connection refused',
      'The connection to the server 127.0.0.1:5432 was refused - did you specify the right host or port?',
      "ERROR 2003 (HY000): Can't connect to MySQL server on '127.0.0.1:5432' (111)",
    ],
  ],
  [
    'a refused connection, not where',
    undefined,
    /refuses connections/,
    [
      'ConnectionRefusedError: [Errno 111] Connection refused',
      'ConnectionRefusedError: [Errno 61] Connection refused',
      'java.net.ConnectException: Connection refused (Connection refused)',
      'Caused by: java.net.ConnectException: Connection refused',
      'Error: Connection refused (os error 111)',
    ],
  ],
  [
    'a connection without an answer',
    'tcp:10.0.0.1:443',
    /did not answer/,
    [
      'Error: connect ETIMEDOUT 10.0.0.1:443',
      'Error: connect EHOSTUNREACH 10.0.0.1:443',
      'Error: connect ENETUNREACH 10.0.0.1:443 - Local (0.0.0.0:0)',
      'dial tcp 10.0.0.1:443: i/o timeout',
      'curl: (28) Failed to connect to 10.0.0.1 port 443 after 130000 ms: Connection timed out',
      'ssh: connect to host 10.0.0.1 port 443: Connection timed out',
      'ssh: connect to host 10.0.0.1 port 443: No route to host',
      "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='10.0.0.1', port=443): Read timed out. (read timeout=5)",
      "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='10.0.0.1', port=443): Max retries exceeded with url: / (Caused by ConnectTimeoutError(<x>, 'Connection to 10.0.0.1 timed out. (connect timeout=3)'))",
    ],
  ],
  [
    'a database server at its usual port',
    'tcp:127.0.0.1:3306',
    /nothing accepts connections at 127\.0\.0\.1:3306/,
    [
      "ERROR 2003 (HY000): Can't connect to MySQL server on '127.0.0.1' (111)",
      "ERROR 2002 (HY000): Can't connect to server on '127.0.0.1' (111)",
      "ERROR 2003 (HY000): Can't connect to MariaDB server on '127.0.0.1' (111)",
      "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on '127.0.0.1' ([Errno 111] Connection refused)\")",
      "ERROR 2003 (HY000): Can't connect to MySQL server on '127.0.0.1:3306' (61)",
    ],
  ],
  [
    'a local database server',
    undefined,
    /local database server/,
    [
      "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)",
      "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)",
      "ERROR 2002 (HY000): Can't connect to local MariaDB server through socket '/run/mysqld/mysqld.sock' (111)",
      'psql: error: connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: No such file or directory',
      'connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: Connection refused',
    ],
  ],
  [
    'an unknown host',
    'run:getent hosts db.internal',
    /db\.internal cannot be resolved/,
    [
      'Error: getaddrinfo ENOTFOUND db.internal',
      'Error: getaddrinfo EAI_AGAIN db.internal',
      'curl: (6) Could not resolve host: db.internal',
      'dial tcp: lookup db.internal: no such host',
      'dial tcp: lookup db.internal on 127.0.0.53:53: server misbehaving',
      'psycopg2.OperationalError: could not translate host name "db.internal" to address: Name or service not known',
      'java.net.UnknownHostException: db.internal',
      'ssh: Could not resolve hostname db.internal: Name or service not known',
      'wget: unable to resolve host address ‘db.internal’',
    ],
  ],
  [
    'an unknown host, not which',
    undefined,
    /a host name cannot be resolved/,
    [
      'socket.gaierror: [Errno -2] Name or service not known',
      'socket.gaierror: [Errno -3] Temporary failure in name resolution',
      'failed to lookup address information: Name or service not known',
      'ping: Temporary failure in name resolution',
      'OSError: Temporary failure in name resolution',
    ],
  ],
  [
    'a certificate',
    undefined,
    /certificate is not trusted/,
    [
      'Error: unable to verify the first certificate',
      "  code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'",
      'Error: self-signed certificate in certificate chain',
      'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1007)',
      'curl: (60) SSL certificate problem: certificate has expired',
      'x509: certificate signed by unknown authority',
      "fatal: unable to access 'https://git.test/': server certificate verification failed. CAfile: none CRLfile: none",
      'sun.security.validator.ValidatorException: PKIX path building failed',
      'error: invalid peer certificate: UnknownIssuer',
    ],
  ],
  [
    'a file of somebody else',
    'writable:/srv/data',
    /may not be read or written/,
    [
      "Error: EACCES: permission denied, open '/srv/data'",
      "Error: EPERM: operation not permitted, unlink '/srv/data'",
      "PermissionError: [Errno 13] Permission denied: '/srv/data'",
      "PermissionError: [Errno 1] Permission denied: '/srv/data'",
      'mkdir: cannot create directory ‘/srv/data’: Permission denied',
      'open /srv/data: permission denied',
      "touch: cannot touch '/srv/data': Permission denied",
      'java.nio.file.AccessDeniedException: /srv/data',
      'java.io.FileNotFoundException: /srv/data (Permission denied)',
    ],
  ],
  [
    'a missing Node.js package',
    'node-modules',
    /node_modules lacks left-pad/,
    [
      "Error: Cannot find module 'left-pad'",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'left-pad' imported from /x.mjs",
      'Could not resolve "left-pad"',
      'Failed to resolve import "left-pad" from "src/main.ts". Does the file exist?',
      "Module not found: Error: Can't resolve 'left-pad' in '/srv/src'",
      "Cannot find module 'left-pad/lib/x' from 'a.test.js'",
    ],
  ],
  [
    'a native module for another Node.js',
    'node-modules',
    /built for another Node\.js/,
    [
      'This version of Node.js requires NODE_MODULE_VERSION 115. Please try re-compiling',
      'NODE_MODULE_VERSION 108. This version of Node.js requires',
      'was compiled against a different Node.js version using',
      'Error: The module was compiled against a different Node.js version using NODE_MODULE_VERSION 93.',
      'better_sqlite3.node: NODE_MODULE_VERSION 127',
    ],
  ],
  [
    'a missing library',
    "run:sh -c 'PATH=$PATH:/sbin ldconfig -p | grep -F libGL.so.1'",
    /libGL\.so\.1/,
    [
      'ImportError: libGL.so.1: cannot open shared object file: No such file or directory',
      './prog: error while loading shared libraries: libGL.so.1: cannot open shared object file: No such file or directory',
      'Error: libGL.so.1: cannot open shared object file: No such file or directory',
      'OSError: libGL.so.1: cannot open shared object file: No such file or directory',
      'chrome: error while loading shared libraries: libGL.so.1: wrong ELF class: ELFCLASS32',
    ],
  ],
  [
    'a program for a newer system',
    undefined,
    /newer system/,
    [
      "./prog: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by ./prog)",
      "node: /lib64/libm.so.6: version `GLIBC_2.27' not found (required by node)",
      "ImportError: /usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /x.so)",
      "version `CXXABI_1.3.13' not found",
      "Error: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /x.node)",
    ],
  ],
  [
    'the memory of a GPU',
    undefined,
    /memory of the GPU is full/,
    [
      'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
      'RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB',
      'torch.OutOfMemoryError: CUDA out of memory.',
      'RuntimeError: CUDA error: out of memory',
      'failed to allocate: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
      'RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`',
    ],
  ],
  [
    'a GPU that cannot be used',
    'run:nvidia-smi',
    /the GPU cannot be used/,
    [
      'RuntimeError: Found no NVIDIA driver on your system.',
      'RuntimeError: No CUDA GPUs are available',
      'RuntimeError: CUDA error: no CUDA-capable device is detected',
      'CUDA driver version is insufficient for CUDA runtime version',
      'RuntimeError: The NVIDIA driver on your system is too old (found version 11040).',
      'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
    ],
  ],
  [
    'too little memory',
    undefined,
    /memory/,
    [
      'MemoryError',
      'numpy.core._exceptions._ArrayMemoryError: Unable to allocate 74.5 GiB for an array',
      "terminate called after throwing an instance of 'std::bad_alloc'",
      'OSError: [Errno 12] Cannot allocate memory',
      'fatal error: runtime: out of memory',
      'memory allocation of 1073741824 bytes failed',
      'c++: fatal error: Killed signal terminated program cc1plus',
      'RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed.',
    ],
  ],
  [
    'the heap of Node.js',
    undefined,
    /max-old-space-size/,
    [
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
      'FATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory',
      'FATAL ERROR: MarkCompactCollector: young object promotion failed Allocation failed - JavaScript heap out of memory',
      'ERR_WORKER_OUT_OF_MEMORY: Worker terminated: Reached heap limit',
    ],
  ],
  [
    'the heap of Java',
    undefined,
    /-Xmx/,
    [
      'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
      'java.lang.OutOfMemoryError: GC overhead limit exceeded',
      'java.lang.OutOfMemoryError: Metaspace',
      'Caused by: java.lang.OutOfMemoryError: unable to create native thread',
      '> GC overhead limit exceeded',
    ],
  ],
  [
    'too many open files',
    undefined,
    /too many files/,
    [
      "Error: EMFILE: too many open files, open 'x'",
      'OSError: [Errno 24] Too many open files',
      'accept tcp: accept4: too many open files',
      'java.io.IOException: Too many open files',
      'error: Too many open files (os error 24)',
    ],
  ],
  [
    'the Docker daemon',
    'run:docker info',
    /Docker daemon/,
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'ERROR: Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?',
      'error during connect: this error may indicate that the docker daemon is not running',
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'dial unix /var/run/docker.sock: permission denied to docker.sock; permission denied while using docker.sock',
    ],
  ],
  [
    'a login of git',
    undefined,
    /git cannot log in/,
    [
      "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
      'git@github.com: Permission denied (publickey).',
      "fatal: Authentication failed for 'https://github.com/a/b.git/'",
      'Host key verification failed.',
      'remote: Invalid username or password.',
    ],
  ],
  [
    'another machine',
    'shebang:./prog',
    /another machine/,
    [
      'bash: ./prog: cannot execute binary file: Exec format error',
      "OSError: [Errno 8] Exec format error: './prog'",
      'fork/exec ./prog: exec format error',
      'Error: spawn ./prog ENOEXEC',
      'bash: line 1: ./prog: cannot execute binary file',
    ],
  ],
  [
    'a program that is not there',
    'command:ffmpeg',
    /ffmpeg is not on the PATH/,
    [
      'Error: spawn ffmpeg ENOENT',
      "FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'",
      'exec: "ffmpeg": executable file not found in $PATH',
      'make: ffmpeg: No such file or directory',
      'make[2]: ffmpeg: No such file or directory',
      'error: linker `ffmpeg` not found',
      "unable to execute 'ffmpeg': No such file or directory",
      "error: command 'ffmpeg' failed: No such file or directory",
      'java.io.IOException: Cannot run program "ffmpeg": error=2, No such file or directory',
      'error: Failed to spawn: `ffmpeg`',
    ],
  ],
  ['a Ruby gem', `run:ruby -e 'require "nokogiri"'`, /Ruby/, ['cannot load such file -- nokogiri (LoadError)']],
  [
    'a Perl module',
    'run:perl -MJSON::XS -e 1',
    /Perl/,
    ["Can't locate JSON/XS.pm in @INC (you may need to install the JSON::XS module)"],
  ],
  [
    'a Java class',
    undefined,
    /Java/,
    ['Error: Could not find or load main class com.acme.Main', 'java.lang.ClassNotFoundException: com.acme.Main'],
  ],
  [
    'a Go package',
    'run:go mod verify',
    /Go/,
    ['main.go:4:2: no required module provides package github.com/a/b; to add it:'],
  ],
  [
    'an R package',
    "run:Rscript -e 'library(dplyr)'",
    /R /,
    ['Error in library(dplyr) : there is no package called ‘dplyr’'],
  ],
];

for (const [name, spec, why, lines] of CAUSES) {
  describe(name, () => {
    test.each(lines)('%s', (line) => {
      const cause = likelyCause(`starting\n${line}\n    at x (y.js:1:2)\n`, { exitCode: 1, command: ['node'] });
      expect(cause).toMatchObject({ why: expect.stringMatching(why) });
      expect(cause?.spec).toBe(spec);
    });
  });
}

describe('errors of the code, and lines that only quote such words, have no cause of the environment', () => {
  test.each([
    ['a title of a passed test', '✓ handles ECONNREFUSED 127.0.0.1:5432 (3 ms)'],
    ['a title of a failed test', '✗ connect ECONNREFUSED 127.0.0.1:5432 is tried again'],
    ['a failed test of Go', '--- FAIL: TestPort (0.00s)\n    port 8080 is in use should be told'],
    ['an assertion', "AssertionError: expected 'listen EADDRINUSE: address already in use :::8080' to be ''"],
    ['a comparison', "if (error.code === 'EADDRINUSE') throw new Error('port 8080 is already in use')"],
    ['a comparison the other way', "'ENOSPC' !== error.code"],
    ['Jest', 'expect(received).toBe(expected)\nReceived: "connect ECONNREFUSED 127.0.0.1:1"\nAssertionError: no'],
    ['a frame of source', '> 12 |   await expect(connect()).rejects.toThrow("connect ECONNREFUSED 127.0.0.1:1")'],
    ['a diff', '- No space left on device\n+ nothing\nAssertionError: text differs'],
    ['an error that is tried again', 'connect ECONNREFUSED 127.0.0.1:5432, retrying in 1 s'],
    ['one that was over', 'Error: connect ECONNREFUSED 127.0.0.1:5432\nconnected to the database\n3 of 600 failed'],
    ['one that was over, by another word', 'Error: getaddrinfo EAI_AGAIN db.internal\nattempt 2 succeeded\nexit 1'],
    ['a KeyError after it', "Error: connect ECONNREFUSED 127.0.0.1:5432\nKeyError: 'lr'"],
    ['a TypeError', "TypeError: Cannot read properties of undefined (reading 'port')"],
    ['a ReferenceError', 'ReferenceError: EADDRINUSE is not defined'],
    ['a SyntaxError', 'SyntaxError: Unexpected token } in JSON at position 8080'],
    ['a compiler of C', 'main.c:3:5: error: ‘ENOSPC’ undeclared (first use in this function)'],
    ['a compiler of Rust', 'error[E0432]: unresolved import `std::net::ConnectionRefused`'],
    ['a compiler of TypeScript', "src/a.ts(3,5): error TS2304: Cannot find name 'ECONNREFUSED'."],
    ['a panic', 'panic: runtime error: index out of range [8080] with length 3'],
    ['a panic of Rust', "thread 'main' panicked at 'assertion failed: port 8080 is in use', src/main.rs:3:5"],
    ['an exception of Java', 'java.lang.NullPointerException: Cannot invoke "Port.close()" because "port" is null'],
    ['a missing file', "FileNotFoundError: [Errno 2] No such file or directory: 'train.csv'"],
    ['a missing file of the project', "Error: ENOENT: no such file or directory, open 'config.json'"],
    ['a file of our own', "Error: Cannot find module './config'"],
    ['a mock', 'mock server: simulated ENOSPC: no space left on device'],
    ['a comment', '# ECONNREFUSED 127.0.0.1:5432 is expected here'],
    ['a count', 'Tests: 3 failed, 597 passed'],
    ['nothing', ''],
  ])('%s', (_, tail) => {
    expect(likelyCause(tail, { exitCode: 1, command: ['node'] })).toBeUndefined();
  });
});

test.each([...new Set(CAUSES.flatMap(([, spec]) => spec ?? []))])('the check %s can be prepared', async (spec) => {
  const place = { home: process.cwd(), env: process.env, where: 'here' };
  expect((await prepareCheck(spec, place)).check.id).toBe(spec.split(':')[0]);
});

test.each<[string, string[], string | undefined]>([
  ['OSError: [Errno 98] Address already in use', ['python3', '-m', 'http.server', '8080'], 'port:8080'],
  ['java.net.BindException: Address already in use', ['java', '-jar', 'x.jar', '--server.port=8080'], 'port:8080'],
  ['bind: Address already in use', ['serve', '-p', '8080'], 'port:8080'],
  ['OSError: [Errno 98] Address already in use', ['uvicorn', 'a:app', '--bind', '0.0.0.0:8080'], 'port:8080'],
  ['bind: Address already in use', ['serve', '--workers', '16', '--port', '8080'], undefined],
  ['bind: Address already in use', ['serve'], undefined],
])('of %j by %j, the port is looked for in the command', (line, command, spec) => {
  expect(likelyCause(line, { exitCode: 1, command })?.spec).toBe(spec);
});

test('what Node.js prints of an error that nobody handled has its address above its code', () => {
  const printed = `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::8080
    at Server.setupListenHandle [as _listen2] (node:net:1908:16)
    at listenInCluster (node:net:1965:12)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1944:8) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '::',
  port: 8080
}

Node.js v22.12.0`;
  expect(likelyCause(printed, { exitCode: 1 })?.spec).toBe('port:8080');
});

test('a kill by the kernel is the cause if no line tells another', () => {
  const exit = { exitCode: 137, command: ['python3'], reason: 'oom-killed' };
  expect(likelyCause('epoch 3', exit)?.why).toMatch(/kernel killed a process/);
  expect(likelyCause('', exit)?.why).toMatch(/free -m/);
  expect(likelyCause('RuntimeError: CUDA out of memory.', exit)?.why).toMatch(/GPU/);
  expect(likelyCause('epoch 3', { ...exit, reason: 'signal' })).toBeUndefined();
});
