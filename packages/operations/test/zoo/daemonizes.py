# daemonizes.py FILE [retitled]: becomes a daemon as textbooks say (two forks, a session of its own, no open files), writes its pid into
# FILE and rests. Retitled, it overwrites its arguments and environment in memory as setproctitle does.
import ctypes, os, sys, time

if os.fork() > 0:
    os._exit(0)
os.setsid()
if os.fork() > 0:
    os._exit(0)
os.chdir("/")
os.closerange(0, 256)
if len(sys.argv) > 2:
    with open("/proc/self/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    start, end = int(fields[45]), int(fields[48])  # arg_start to env_end of proc(5)
    if 0 < start < end:
        ctypes.memset(start, ord("x"), end - start)
    ctypes.CDLL(None).prctl(15, b"innocent")  # PR_SET_NAME
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(os.getpid()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(300)
