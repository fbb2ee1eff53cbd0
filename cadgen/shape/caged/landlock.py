"""Landlock: a domain in which no file, no TCP port and no other process's signal can be reached; `restrict` enters it.

Rights and their versions: Linux, include/uapi/linux/landlock.h. Domains nest: a child that enters one of its own can
signal neither its parent nor its siblings (from version 6 on).
"""

import ctypes
import os
import struct

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}  # version -> all rights it can take
_TCP_RIGHTS, _TCP_VERSION = 0x3, 4
_SCOPES, _SCOPE_VERSION = 0x3, 6  # abstract unix sockets, signals

_LIBC = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """0 where the kernel has none, or it is switched off."""
    return max(0, _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))


def restrict() -> None:
    """For this process, for good; it must have no new privileges. Does nothing at version 0. Raises `OSError`."""
    found = version()
    if not found:
        return
    rights = struct.pack(
        "=QQQ",
        _FILE_RIGHTS[min(found, max(_FILE_RIGHTS))],
        _TCP_RIGHTS if found >= _TCP_VERSION else 0,
        _SCOPES if found >= _SCOPE_VERSION else 0,
    )
    ruleset = _LIBC.syscall(_CREATE_RULESET, rights, ctypes.c_size_t(len(rights)), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused the rights")
    try:
        if _LIBC.syscall(_RESTRICT_SELF, ruleset, 0):
            raise OSError(ctypes.get_errno(), "Landlock refused the domain")
    finally:
        os.close(ruleset)
