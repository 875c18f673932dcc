// What Glibc's module does not export to Swift, or only as a macro or a variadic function. One function each.
#ifndef SLUICE_CLINUX_H
#define SLUICE_CLINUX_H
#include "Confinement.h"
#include <stdint.h>
#include <sys/types.h>

/// renameat2(2) with RENAME_NOREPLACE; not in the Glibc module. Returns 0, or -1 with errno.
int sluice_rename_noreplace(int from_dir, const char *from, int to_dir, const char *to);

/// openat(2) is variadic in C, so Swift does not import it.
int sluice_openat(int dir, const char *path, int flags, mode_t mode);

/// O_PATH is defined for _GNU_SOURCE only, so the Glibc module lacks it.
#define SLUICE_O_PATH 010000000

/// openat2(2) has no wrapper in glibc. Resolves beneath `dir` without following any link (RESOLVE_BENEATH,
/// RESOLVE_NO_SYMLINKS). Returns a descriptor, or -1 with errno; ENOSYS before Linux 5.6.
int sluice_openat_beneath(int dir, const char *path, int flags, mode_t mode);

/// Descriptors that travel with one message at most: a source, its staging directory, and the files that a pipeline
/// names. The kernel's own bound is 253 (unix(7), SCM_RIGHTS).
#define SLUICE_MOST_DESCRIPTORS 68

/// Sends bytes and up to SLUICE_MOST_DESCRIPTORS descriptors over a Unix socket; CMSG_* are macros. Returns
/// bytes sent, or -1.
ssize_t sluice_send_with_descriptors(int socket, const void *bytes, size_t count, const int *fds, int fd_count);

/// Receives bytes and up to SLUICE_MOST_DESCRIPTORS descriptors (close-on-exec) over a Unix socket; `fds` has room for
/// that many. `*fd_count` is set to the number.
ssize_t sluice_receive_with_descriptors(int socket, void *bytes, size_t count, int *fds, int *fd_count);

/// pipe2(2) with O_CLOEXEC: a GNU extension, so not in the Glibc module.
int sluice_pipe(int ends[2]);

/// sync_file_range(2) with SYNC_FILE_RANGE_WRITE; not in the Glibc module. Begins to write what the file has in memory,
/// and waits for nothing; what a file system cannot do or the disk cannot take, the fsync that follows tells.
void sluice_begin_writing(int fd);

/// prctl(PR_SET_NAME): names the calling thread (15 bytes at most), for `top -H` and debuggers.
void sluice_name_thread(const char *name);

/// prctl(2) is variadic in C. Asks for SIGKILL when the parent *thread* ends: call from a thread that stays.
int sluice_die_with_parent(int signal);

/// Gives the calling thread the nice value and the I/O priority of its process, where it may: run-times set threads of
/// their own back to 0 where they are allowed to. What it starts inherits both.
void sluice_take_priorities_of_process(void);

/// prlimit(2) takes an enum that Swift cannot pass portably. `resource` is RLIMIT_*; sets soft and hard.
int sluice_prlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard);

/// The same for the soft limit alone, as far as the hard one lets it: it can be raised again without privileges.
int sluice_soft_limit(pid_t pid, int resource, uint64_t soft);

/// fcntl(F_SETLEASE, F_RDLCK) then F_UNLCK: 1 when the file is open for writing, 0 when not, -1 with errno.
int sluice_has_writer(int fd);

/// sched_getaffinity(2) is not in the Glibc module. Processors that this process may run on, or -1 with errno.
int sluice_usable_processors(void);

/// statfs(2) is not in the Glibc module, and statvfs(3) does not tell the kind. Whether files there take memory (tmpfs,
/// ramfs), and the bytes that an ordinary user may still fill; 0, or -1 with errno.
int sluice_file_system(const char *path, int *in_memory, unsigned long long *free_bytes);

/// eventfd(2) is not in the Glibc module. Close-on-exec and non-blocking; a descriptor, or -1 with errno.
int sluice_eventfd(void);

/// accept4(2) is a GNU extension, not in the Glibc module. Close-on-exec and non-blocking; a descriptor, or -1.
int sluice_accept(int socket);

/// dladdr(3) is a GNU extension. The file of the library that a function is from, by its name; NULL where none has it.
const char *sluice_library_of(const char *function);

/// mallopt(3) and malloc_trim(3) are glibc's own; bounds the arenas so that freed memory goes back (288 -> 7 MB).
void sluice_bound_malloc(void);
void sluice_trim_malloc(void);

/// Stacks of a mebibyte for threads of libraries (pthread_setattr_default_np is GNU's own; the usual 8 MiB count against
/// RLIMIT_DATA), and no huge pages (prctl(2), PR_SET_THP_DISABLE): what a job holds must not depend on where a block
/// happens to lie.
void sluice_bound_threads(void);

/// Handlers for SIGTERM, SIGINT and SIGHUP that only remember them: a handler in Swift would have to be async-signal-safe.
void sluice_remember_signals(void);

/// Whether SIGTERM or SIGINT came since; 0 or 1.
int sluice_remembered_stop(void);

#endif
