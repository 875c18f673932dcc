// What a worker takes from itself: system calls without a wrapper in glibc, and a filter that is made of macros.
// Each returns 0, or -1 with errno, unless it says otherwise. None allocates.
#ifndef SLUICE_CONFINEMENT_H
#define SLUICE_CONFINEMENT_H
#include <stdint.h>
#include <sys/syscall.h>

/// close_range(2), which glibc has from 2.34 on: closes every descriptor from `first` on. ENOSYS before Linux 5.9.
int sluice_close_from(unsigned first);

/// getrlimit and setrlimit(2) take an enum that Swift cannot pass portably. Sets the soft limit, as far as the hard one
/// lets it; with `hard_too` the hard one as well, never above what it was.
int sluice_limit_self(int resource, uint64_t value, int hard_too);

/// prctl(2) is variadic in C. After it no execve gives this process a right that it has not.
int sluice_no_new_privileges(void);

/// The Landlock ABI that the kernel speaks, 1 or more; -1 with errno: ENOSYS, or EOPNOTSUPP when it is switched off.
int sluice_landlock_abi(void);

/// A ruleset that handles every right that the ABI (and this file) knows, so that nothing is allowed until a rule
/// allows it: files; TCP from ABI 4; signals and abstract sockets from ABI 6. A descriptor, or -1.
int sluice_landlock_ruleset(int abi);

/// What lies at or below `path_fd` (a file or a directory, O_PATH) may be read and executed.
int sluice_landlock_allow_reading(int ruleset, int abi, int path_fd);

/// What lies below `path_fd` may be read, written, made and removed: regular files and directories.
int sluice_landlock_allow_working(int ruleset, int abi, int path_fd);

/// The file `path_fd` may be read and written, as /dev/null is.
int sluice_landlock_allow_writing(int ruleset, int abi, int path_fd);

/// Holds for the calling thread and those it starts: call it while there is one only. Needs no_new_privs.
int sluice_landlock_restrict(int ruleset);

/// A filter (seccomp(2)) under which system calls that a decoder has no business with fail with EPERM: sockets, other
/// processes, new programs and processes, mounts, kernel modules, keys, io_uring, owners and permissions of files, and
/// so on. All threads. Needs no_new_privs. ENOSYS where neither this processor nor this kernel has it.
int sluice_refuse_system_calls(void);

/// syscall(2) is variadic in C. For tests that try what the filter refuses.
long sluice_system_call(long number, long first, long second, long third, long fourth);

#endif
