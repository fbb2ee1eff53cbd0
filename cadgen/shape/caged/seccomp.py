"""The system calls of a caged child, as a classic BPF filter: `filter_program` writes it, `install` puts it in force.

An allow-list. What a library merely asks for (files, sockets, threads) is refused with an error that Python reports;
every other system call ends the process with SIGSYS. Numbers: Linux, arch/x86/entry/syscalls/syscall_64.tbl.
"""

import ctypes
import errno
import platform
import struct

_ALLOWED = {
    # memory, threads' locks, time
    "brk": 12, "munmap": 11, "mremap": 25, "madvise": 28, "futex": 202, "set_robust_list": 273, "rseq": 334,
    "membarrier": 324, "sched_yield": 24, "getcpu": 309, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "nanosleep": 35, "gettimeofday": 96, "time": 201, "times": 100, "getrusage": 98,
    "alarm": 37, "getitimer": 36, "setitimer": 38, "pause": 34,
    # descriptors that are open already
    "read": 0, "write": 1, "readv": 19, "writev": 20, "pread64": 17, "pwrite64": 18, "lseek": 8, "close": 3,
    "close_range": 436, "fstat": 5, "dup": 32, "dup2": 33, "dup3": 292, "poll": 7, "ppoll": 271, "select": 23,
    "pselect6": 270,
    # its own signals and end
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "rt_sigpending": 127, "rt_sigtimedwait": 128,
    "rt_sigsuspend": 130, "sigaltstack": 131, "restart_syscall": 219, "exit": 60, "exit_group": 231,
    # facts
    "getpid": 39, "gettid": 186, "getppid": 110, "getuid": 102, "geteuid": 107, "getgid": 104, "getegid": 108,
    "getresuid": 118, "getresgid": 120, "getgroups": 115, "getpgrp": 111, "getpgid": 121, "getsid": 124,
    "uname": 63, "sysinfo": 99, "getrlimit": 97, "getrandom": 318,
}  # fmt: skip

_REFUSED = {
    # files by name, and what changes them
    "open": 2, "openat": 257, "openat2": 437, "creat": 85, "stat": 4, "lstat": 6, "newfstatat": 262, "statx": 332,
    "access": 21, "faccessat": 269, "faccessat2": 439, "readlink": 89, "readlinkat": 267, "getdents": 78,
    "getdents64": 217, "getcwd": 79, "statfs": 137, "fstatfs": 138, "chdir": 80, "fchdir": 81, "mkdir": 83,
    "mkdirat": 258, "rmdir": 84, "unlink": 87, "unlinkat": 263, "rename": 82, "renameat": 264, "renameat2": 316,
    "link": 86, "linkat": 265, "symlink": 88, "symlinkat": 266, "chmod": 90, "fchmod": 91, "fchmodat": 268,
    "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235, "futimesat": 261,
    "utimensat": 280, "mknod": 133, "mknodat": 259, "truncate": 76, "ftruncate": 77, "fallocate": 285, "umask": 95,
    "flock": 73, "fsync": 74, "fdatasync": 75, "sync": 162, "fadvise64": 221, "copy_file_range": 326,
    # sockets, pipes, events
    "socket": 41, "socketpair": 53, "connect": 42, "bind": 49, "listen": 50, "accept": 43, "accept4": 288,
    "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "sendmmsg": 307, "recvmmsg": 299, "shutdown": 48,
    "getsockname": 51, "getpeername": 52, "setsockopt": 54, "getsockopt": 55, "sendfile": 40, "pipe": 22,
    "pipe2": 293, "eventfd": 284, "eventfd2": 290, "epoll_create": 213, "epoll_create1": 291, "epoll_ctl": 233,
    "epoll_wait": 232, "epoll_pwait": 281, "inotify_init": 253, "inotify_init1": 294, "signalfd": 282,
    "signalfd4": 289, "timerfd_create": 283, "timer_create": 222,
    # what is set once, for others or for good
    "ioctl": 16, "prctl": 157, "arch_prctl": 158, "setrlimit": 160, "setpriority": 141, "getpriority": 140,
    "sched_setaffinity": 203, "sched_getaffinity": 204, "sched_setparam": 142, "sched_getparam": 143,
    "sched_setscheduler": 144, "sched_getscheduler": 145, "sched_setattr": 314, "sched_getattr": 315,
    "setpgid": 109, "setsid": 112, "wait4": 61, "waitid": 247, "mlock": 149, "mlock2": 325, "munlock": 150,
    "msync": 26, "mincore": 27,
}  # fmt: skip

_MMAP, _MPROTECT, _CLONE, _CLONE3, _KILL, _TKILL, _TGKILL, _FCNTL, _PRLIMIT, _RECVMSG = (
    9, 10, 56, 435, 62, 200, 234, 72, 302, 47,
)  # fmt: skip
_PROT_EXEC, _CLONE_THREAD = 4, 0x10000
# Not F_SETFL or F_SETOWN: signals about a descriptor may go to another process.
_FCNTL_COMMANDS = {"F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_DUPFD_CLOEXEC": 1030}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X86_64, _X32_BIT = 0xC000003E, 0x40000000
_SET_MODE_FILTER = 1
_SECCOMP = 317

Instruction = tuple[int, int, int, int]  # code, steps if true, steps if false, constant


class Unsupported(Exception):
    """This machine has no such filter."""


def filter_program(pid: int, serves: bool) -> bytes:
    """serves: the child is told its jobs by messages with descriptors, so it may receive them."""
    rules: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _X86_64),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    if serves:
        rules += _verdict(_RECVMSG, _ALLOW)
    for number in _ALLOWED.values():
        rules += _verdict(number, _ALLOW)
    for number in (_MMAP, _MPROTECT):  # no new code
        rules += _conditional(number, 2, [(_ANY_BIT, 1, 0, _PROT_EXEC)])
    for number in (_KILL, _TKILL, _TGKILL):  # itself; its main thread has its number
        rules += _conditional(number, 0, [(_EQUAL, 0, 1, pid)])
    rules += _conditional(_FCNTL, 1, _one_of(_FCNTL_COMMANDS.values()))
    rules += _prlimit()
    rules += _clone()
    for number in _REFUSED.values():
        rules += _verdict(number, _ERROR | errno.EACCES)
    rules.append((_RETURN, 0, 0, _KILL_PROCESS))
    return b"".join(struct.pack("=HBBI", *rule) for rule in rules)


def install(program: bytes) -> None:
    """For this thread, for good; it must have no new privileges. Raises `Unsupported` or `OSError`."""
    if platform.machine() != "x86_64":
        raise Unsupported(f"the filter knows the system calls of x86_64, not of {platform.machine()}")
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(_SECCOMP, _SET_MODE_FILTER, 0, header):
        raise OSError(ctypes.get_errno(), "seccomp refused the filter")


def _verdict(number: int, verdict: int) -> list[Instruction]:
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, verdict)]


def _conditional(number: int, argument: int, test: list[Instruction]) -> list[Instruction]:
    """`test` looks at the argument's low half; the instruction behind it allows, the next one refuses."""
    body = [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        *test,
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | errno.EACCES),
    ]
    return [(_EQUAL, 0, len(body), number), *body]


def _one_of(values) -> list[Instruction]:
    values = list(values)
    last = len(values) - 1
    return [(_EQUAL, last - at, 0 if at < last else 1, value) for at, value in enumerate(values)]


def _prlimit() -> list[Instruction]:
    """Asking for its own limits; the third argument, a pointer to new ones, must be null."""
    body = [
        (_LOAD, 0, 0, _ARGUMENTS),
        (_EQUAL, 0, 5, 0),
        (_LOAD, 0, 0, _ARGUMENTS + 16),
        (_EQUAL, 0, 3, 0),
        (_LOAD, 0, 0, _ARGUMENTS + 20),
        (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | errno.EACCES),
    ]
    return [(_EQUAL, 0, len(body), _PRLIMIT), *body]


def _clone() -> list[Instruction]:
    """No thread, and libraries do without; a process is the end. clone3 hides its flags behind a pointer."""
    body = [
        (_LOAD, 0, 0, _ARGUMENTS),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ERROR | errno.EAGAIN),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    return [*_verdict(_CLONE3, _ERROR | errno.ENOSYS), (_EQUAL, 0, len(body), _CLONE), *body]
