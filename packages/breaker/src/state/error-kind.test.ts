import { describe, expect, test } from 'vitest';
import { isCodeError, isEnvironmentError } from './error-kind.ts';
import { signatureOf } from './signature.ts';

describe('errors of the code, as tools print them', () => {
  test.each([
    'AssertionError: 1 == 2',
    "KeyError: 'lr'",
    "TypeError: Cannot read properties of undefined (reading 'x')",
    "NameError: name 'x' is not defined",
    'SyntaxError: invalid syntax',
    'IndentationError: unexpected indent',
    'ReferenceError: foo is not defined',
    'ValueError: operands could not be broadcast together',
    "AttributeError: 'NoneType' object has no attribute 'shape'",
    'ZeroDivisionError: division by zero',
    "src/a.ts(3,5): error TS2345: Argument of type 'string' is not assignable to parameter of type 'number'.",
    "src/a.ts:3:5 - error TS2304: Cannot find name 'x'.",
    'main.c:3:5: error: expected ‘;’ before ‘return’',
    'Main.java:3: error: cannot find symbol',
    './main.go:7:2: undefined: foo',
    'error[E0308]: mismatched types',
    "thread 'main' panicked at src/main.rs:2:5:",
    'panic: runtime error: index out of range [3] with length 3',
    'Exception in thread "main" java.lang.NullPointerException',
    'System.NullReferenceException: Object reference not set to an instance of an object.',
    'FAILED tests/test_net.py::test_x - assert 41 == 42',
    '--- FAIL: TestConnectionRefused (0.00s)',
    ' FAIL  src/net.test.ts > handles ECONNREFUSED',
    '✗ retries after ECONNREFUSED',
    'expected "ECONNREFUSED" to be "ETIMEDOUT"',
    "AssertionError: expected 'connection refused' to equal 'ok'",
    '/usr/bin/ld: main.o: undefined reference to `foo`',
    "undefined method `foo' for nil:NilClass (NoMethodError)",
  ])('%s', (line) => {
    expect([isCodeError(line), isEnvironmentError(line)]).toEqual([true, false]);
  });
});

describe('errors of the environment', () => {
  test.each([
    'Error: connect ECONNREFUSED 127.0.0.1:8123',
    'ECONNREFUSED 127.0.0.1:8123',
    'Error: getaddrinfo ENOTFOUND db.internal',
    'curl: (7) Failed to connect to localhost port 8123 after 3 ms',
    'curl: (6) Could not resolve host: api.test',
    'dial tcp 127.0.0.1:5432: connect: connection refused',
    'OSError: [Errno 28] No space left on device',
    'psycopg2.OperationalError: could not connect to server: Connection refused',
    'requests.exceptions.ConnectionError: Max retries exceeded, Connection reset by peer',
    'Error: listen EADDRINUSE: address already in use :::3000',
    'fatal: unable to access: Could not resolve host: github.com',
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'java.net.SocketTimeoutException: connect timed out',
    'npm ERR! network request failed, reason: connect ETIMEDOUT 104.16.0.35:443',
    'HTTP 503 Service Unavailable',
  ])('%s', (line) => {
    expect([isCodeError(line), isEnvironmentError(line)]).toEqual([false, true]);
  });
});

test.each(['something went wrong', 'exit 3', 'build failed', 'done'])('neither: %s', (line) => {
  expect([isCodeError(line), isEnvironmentError(line)]).toEqual([false, false]);
});

test.each<[string, string]>([
  ['Error: connect ECONNREFUSED 127.0.0.1:5432\nError: setup failed', 'ECONNREFUSED 127.0.0.1:5432'],
  ['warn: ECONNREFUSED 127.0.0.1:5432, trying again\nconnected\nAssertionError: 1 == 2', 'AssertionError: # == #'],
  ["AssertionError: expected 'ECONNREFUSED' to be 'OK'", "AssertionError: expected 'ECONNREFUSED' to be 'OK'"],
  ['FAIL net.test.ts > handles ECONNREFUSED\nKeyError: 3', 'KeyError: #'],
  ['TypeError: fetch failed', 'TypeError: fetch failed'],
  ['Error: connect ECONNREFUSED 127.0.0.1:5432\nTypeError: fetch failed', 'ECONNREFUSED 127.0.0.1:5432'],
  ['TypeError: x is not a function\nError: connect ETIMEDOUT 10.0.0.1:80', 'ETIMEDOUT 10.0.0.1:80'],
])('the signature of %j is %j', (lines, signature) => {
  expect(signatureOf(lines)).toBe(signature);
});
