#define _GNU_SOURCE
#include <signal.h>
#include "CLinux.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(SLUICE_O_PATH == O_PATH, "O_PATH differs on this architecture");

enum { most_descriptors = SLUICE_MOST_DESCRIPTORS };

int sluice_rename_noreplace(int from_dir, const char *from, int to_dir, const char *to) {
    return renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE);
}

int sluice_openat(int dir, const char *path, int flags, mode_t mode) {
    return openat(dir, path, flags, mode);
}

int sluice_openat_beneath(int dir, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags, .mode = mode, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

ssize_t sluice_send_with_descriptors(int socket, const void *bytes, size_t count, const int *fds, int fd_count) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        char buffer[CMSG_SPACE(sizeof(int) * most_descriptors)];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > most_descriptors) {
        errno = EINVAL;
        return -1;
    }
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.buffer;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t sluice_receive_with_descriptors(int socket, void *bytes, size_t count, int *fds, int *fd_count) {
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    union {
        char buffer[CMSG_SPACE(sizeof(int) * most_descriptors)];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.buffer, .msg_controllen = sizeof control.buffer};
    *fd_count = 0;
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return got;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        int here = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < here; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            if (*fd_count < most_descriptors)
                fds[(*fd_count)++] = fd;
            else
                close(fd);
        }
    }
    return got;
}

int sluice_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC);
}

void sluice_begin_writing(int fd) {
    int saved = errno;
    (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    errno = saved;
}

void sluice_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0UL, 0UL, 0UL);
}

int sluice_die_with_parent(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0UL, 0UL, 0UL);
}

int sluice_prlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return prlimit(pid, resource, &limit, NULL);
}

int sluice_soft_limit(pid_t pid, int resource, uint64_t soft) {
    struct rlimit limit;
    if (prlimit(pid, resource, NULL, &limit) != 0)
        return -1;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return prlimit(pid, resource, &limit, NULL);
}

int sluice_limit_self(int resource, uint64_t value, int hard_too) {
    struct rlimit limit;
    if (prlimit(0, resource, NULL, &limit) != 0)
        return -1;
    if (hard_too && value < limit.rlim_max)
        limit.rlim_max = value;
    limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
    return prlimit(0, resource, &limit, NULL);
}

int sluice_close_from(unsigned first) {
    return (int)syscall(__NR_close_range, first, ~0U, 0);
}

long sluice_system_call(long number, long first, long second, long third, long fourth) {
    return syscall(number, first, second, third, fourth);
}

int sluice_no_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
}

int sluice_has_writer(int fd) {
    if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
        return 0;
    }
    return errno == EAGAIN ? 1 : -1;
}

int sluice_usable_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return -1;
    return CPU_COUNT(&set);
}

int sluice_file_system(const char *path, int *in_memory, unsigned long long *free_bytes) {
    struct statfs answer;
    if (statfs(path, &answer) != 0)
        return -1;
    *in_memory = answer.f_type == TMPFS_MAGIC || answer.f_type == RAMFS_MAGIC;
    *free_bytes = (unsigned long long)answer.f_bavail * (unsigned long long)answer.f_bsize;
    return 0;
}

int sluice_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int sluice_accept(int socket) {
    return accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

const char *sluice_library_of(const char *function) {
    Dl_info found;
    void *address = dlsym(RTLD_DEFAULT, function);
    return address && dladdr(address, &found) ? found.dli_fname : NULL;
}

void sluice_bound_malloc(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
    mallopt(M_TOP_PAD, 16 * 1024);
    // Small blocks are joined with their neighbours when they are freed, and not kept as they are.
    mallopt(M_MXFAST, 0);
}

void sluice_bound_threads(void) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) == 0) {
        if (pthread_attr_setstacksize(&attributes, 1 << 20) == 0)
            pthread_setattr_default_np(&attributes);
        pthread_attr_destroy(&attributes);
    }
    prctl(PR_SET_THP_DISABLE, 1UL, 0UL, 0UL, 0UL);
}

void sluice_trim_malloc(void) {
    malloc_trim(0);
}

static volatile sig_atomic_t remembered_stop;

static void remember(int signal) {
    if (signal != SIGHUP)
        remembered_stop = 1;
}

void sluice_remember_signals(void) {
    struct sigaction action = {0};
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

int sluice_remembered_stop(void) {
    return remembered_stop;
}

void sluice_take_priorities_of_process(void) {
    // The main thread's ID is the process's, and only its user has set its priorities.
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, (id_t) getpid());
    if (nice != -1 || errno == 0) setpriority(PRIO_PROCESS, 0, nice);
    enum { of_process = 1 };
    long io = syscall(SYS_ioprio_get, of_process, getpid());
    if (io > 0) syscall(SYS_ioprio_set, of_process, 0, (int) io);
    errno = 0;
}
