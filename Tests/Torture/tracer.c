/*
 * Runs a program and, after the Nth call by which it or any process that it starts changes something outside itself,
 * kills, cuts the power of a file system, or (instead of the call) returns an error.
 *
 *   tracer LOG N ACTION COMMAND [ARGUMENT...]
 *
 *   ACTION  none               only write the calls down
 *           kill               SIGKILL to the process that made the call
 *           power:MODE:MOUNT   the file system's shutdown ioctl (1: flush the log first, 2: lose it), then SIGKILL to all
 *           fail:ERRNO:CALL    the Nth CALL (only these are numbered) is not made and returns -ERRNO
 *
 * strace can inject as well, but counts for each thread and each call by itself, so that most of the combinations of
 * thread and call are never reached. Here one number counts them all: sweeping it from 1 on misses none. The filter of
 * seccomp(2) stops the program at these calls only, so that the rest runs at full speed.
 *
 * LOG has a line per counted call: number, process id, program, call, file; and at the end what was done.
 * The exit code is the program's own, 128 + signal where a signal ended it. Workers that outlive it by ten seconds are
 * written down as orphans and killed.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a call names what it changes. */
enum subject { DESCRIPTOR, PATH, AT, RENAME, SECOND_AT };

static const struct call {
    long number;
    const char *name;
    enum subject subject;
} calls[] = {
#define CALL(name, subject) {SYS_##name, #name, subject}
    CALL(openat, AT), CALL(write, DESCRIPTOR), CALL(writev, DESCRIPTOR), CALL(pwrite64, DESCRIPTOR),
    CALL(pwritev, DESCRIPTOR), CALL(fsync, DESCRIPTOR), CALL(fdatasync, DESCRIPTOR), CALL(syncfs, DESCRIPTOR),
    CALL(renameat2, RENAME), CALL(unlinkat, AT), CALL(mkdirat, AT), CALL(ftruncate, DESCRIPTOR),
    CALL(fallocate, DESCRIPTOR), CALL(fchmod, DESCRIPTOR), CALL(fchmodat, AT), CALL(fchown, DESCRIPTOR),
    CALL(utimensat, AT), CALL(sendmsg, DESCRIPTOR), CALL(linkat, SECOND_AT), CALL(symlinkat, SECOND_AT),
    CALL(copy_file_range, DESCRIPTOR), CALL(sendfile, DESCRIPTOR), CALL(fsetxattr, DESCRIPTOR),
#ifdef SYS_openat2
    CALL(openat2, AT),
#endif
#ifdef SYS_renameat
    CALL(renameat, RENAME),
#endif
#ifdef SYS_rename
    CALL(open, PATH), CALL(creat, PATH), CALL(rename, PATH), CALL(unlink, PATH), CALL(mkdir, PATH), CALL(rmdir, PATH),
    CALL(link, PATH), CALL(symlink, PATH), CALL(chmod, PATH),
#endif
};
enum { CALLS = sizeof calls / sizeof *calls };

struct thread {
    pid_t id, process;
    const struct call *call; /* counted, and not returned yet */
    int failing;
    char program[32], file[PATH_MAX];
};
static struct thread threads[1024];
static int live;

static FILE *out;
static long at, count;
static enum { NONE, KILL, POWER, FAIL } action;
static int mode, error;
static const char *mount_point, *failing_call;
static pid_t first;

static struct thread *find(pid_t id) {
    for (int i = 0; i < live; i++)
        if (threads[i].id == id) return &threads[i];
    if (live == sizeof threads / sizeof *threads) {
        fprintf(out, "error too many threads\n");
        exit(70);
    }
    struct thread *thread = &threads[live++];
    memset(thread, 0, sizeof *thread);
    thread->id = thread->process = id;
    return thread;
}

static void forget(pid_t id) {
    for (int i = 0; i < live; i++)
        if (threads[i].id == id) {
            threads[i] = threads[--live];
            return;
        }
}

/* Its process and program, which exec(2) may have changed. */
static void identify(struct thread *thread) {
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/%d/status", thread->id);
    FILE *file = fopen(path, "re");
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        sscanf(line, "Tgid: %d", &thread->process);
        if (!strncmp(line, "Tgid:", 5)) break;
    }
    fclose(file);
    snprintf(path, sizeof path, "/proc/%d/comm", thread->process);
    file = fopen(path, "re");
    if (!file) return;
    if (fgets(thread->program, sizeof thread->program, file)) thread->program[strcspn(thread->program, "\n")] = 0;
    fclose(file);
}

static void read_text(pid_t id, uint64_t address, char *text, size_t size) {
    /* In pieces that end with a page: what comes after may not be mapped. */
    size_t done = 0;
    while (done + 1 < size) {
        size_t piece = 4096 - (address + done) % 4096;
        if (piece > size - 1 - done) piece = size - 1 - done;
        struct iovec to = {text + done, piece}, from = {(void *)(uintptr_t)(address + done), piece};
        if (process_vm_readv(id, &to, 1, &from, 1, 0) != (ssize_t)piece) break;
        if (memchr(text + done, 0, piece)) return;
        done += piece;
    }
    text[done] = 0;
}

static void descriptor_name(pid_t id, int64_t number, char *text, size_t size) {
    char path[64];
    if ((int)number == AT_FDCWD)
        snprintf(path, sizeof path, "/proc/%d/cwd", id);
    else
        snprintf(path, sizeof path, "/proc/%d/fd/%d", id, (int)number);
    ssize_t length = readlink(path, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
}

static void at_name(pid_t id, int64_t directory, uint64_t name, char *text, size_t size) {
    char last[PATH_MAX] = "";
    if (name) read_text(id, name, last, sizeof last);
    if (last[0] == '/') {
        snprintf(text, size, "%s", last);
        return;
    }
    descriptor_name(id, directory, text, size);
    size_t used = strlen(text);
    if (last[0]) snprintf(text + used, size - used, "/%s", last);
}

/* Whether the call changes something that others can see; with the name of what. */
static int changes(struct thread *thread, const struct call *call, const uint64_t *arguments) {
    char *file = thread->file;
    switch (call->subject) {
    case DESCRIPTOR: descriptor_name(thread->id, (int)arguments[0], file, PATH_MAX); break;
    case PATH: at_name(thread->id, AT_FDCWD, arguments[0], file, PATH_MAX); break;
    case AT: at_name(thread->id, (int)arguments[0], arguments[1], file, PATH_MAX); break;
    case RENAME: at_name(thread->id, (int)arguments[2], arguments[3], file, PATH_MAX); break;
    case SECOND_AT: at_name(thread->id, (int)arguments[2], arguments[3], file, PATH_MAX); break;
    }
    for (char *letter = file; *letter; letter++)
        if (*letter == '\n' || *letter == ' ') *letter = '?';
    uint64_t flags = O_CREAT;
    if (!strcmp(call->name, "open")) flags = arguments[1];
    if (!strcmp(call->name, "openat")) flags = arguments[2];
    if (!strcmp(call->name, "openat2")) {
        /* The first word of struct open_how. */
        struct iovec to = {&flags, sizeof flags}, from = {(void *)(uintptr_t)arguments[2], sizeof flags};
        if (process_vm_readv(thread->id, &to, 1, &from, 1, 0) != (ssize_t)sizeof flags) return 0;
    }
    if (!(flags & (O_CREAT | O_TRUNC))) return 0;
    /* Wake-ups among its own threads, and what it tells people. */
    if (!strncmp(file, "anon_inode:", 11) || !strncmp(file, "/proc/", 6) || !strncmp(file, "/sys/", 5)
        || !strncmp(file, "/dev/", 5))
        return strncmp(file, "/dev/shm/", 9) == 0;
    if (call->subject == DESCRIPTOR && (arguments[0] == 1 || arguments[0] == 2)) return 0;
    return file[0] != 0;
}

static void set_call(pid_t id, long number) {
#if defined __x86_64__
    ptrace(PTRACE_POKEUSER, id, offsetof(struct user_regs_struct, orig_rax), number);
#elif defined __aarch64__
    int value = (int)number;
    struct iovec vector = {&value, sizeof value};
    ptrace(PTRACE_SETREGSET, id, 0x404 /* NT_ARM_SYSTEM_CALL */, &vector);
#endif
}

static void set_result(pid_t id, long result) {
#if defined __x86_64__
    ptrace(PTRACE_POKEUSER, id, offsetof(struct user_regs_struct, rax), result);
#elif defined __aarch64__
    struct user_regs_struct registers;
    struct iovec vector = {&registers, sizeof registers};
    ptrace(PTRACE_GETREGSET, id, NT_PRSTATUS, &vector);
    registers.regs[0] = (uint64_t)result;
    ptrace(PTRACE_SETREGSET, id, NT_PRSTATUS, &vector);
#endif
}

static void act(struct thread *thread) {
    if (action == KILL) {
        fprintf(out, "killed %s %d\n", thread->program, thread->process);
        fflush(out);
        kill(thread->process, SIGKILL);
    } else if (action == POWER) {
        int file = open(mount_point, O_RDONLY | O_CLOEXEC);
        uint32_t how = (uint32_t)mode;
        if (file < 0 || ioctl(file, _IOR('X', 125, uint32_t), &how))
            fprintf(out, "error shutdown %s: %s\n", mount_point, strerror(errno));
        else
            fprintf(out, "power %d\n", mode);
        fflush(out);
        if (file >= 0) close(file);
        for (int i = 0; i < live; i++) kill(threads[i].process, SIGKILL);
        kill(first, SIGKILL);
    }
}

static void note(struct thread *thread, const struct call *call) {
    fprintf(out, "%ld %d %s %s %s\n", count, thread->process, thread->program, call->name, thread->file);
    fflush(out);
}

/* At the door of a call that the filter names. Returns how to go on. */
static int enter(pid_t id) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof info, &info) < 0 || info.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return PTRACE_CONT;
    const struct call *call = NULL;
    for (int i = 0; i < CALLS && !call; i++)
        if (calls[i].number == (long)info.seccomp.nr) call = &calls[i];
    struct thread *thread = find(id);
    if (!call || !changes(thread, call, (const uint64_t *)info.seccomp.args)) return PTRACE_CONT;
    identify(thread);
    if (action == FAIL) {
        if (strcmp(call->name, failing_call)) {
            note(thread, call);
            return PTRACE_CONT;
        }
        count++;
        note(thread, call);
        if (count != at) return PTRACE_CONT;
        fprintf(out, "failed %s\n", thread->program);
        fflush(out);
        set_call(id, -1);
        set_result(id, -error);
        thread->failing = 1;
    }
    thread->call = call;
    return PTRACE_SYSCALL;
}

static void leave(pid_t id) {
    struct thread *thread = find(id);
    const struct call *call = thread->call;
    thread->call = NULL;
    if (thread->failing) {
        thread->failing = 0;
        set_result(id, -error);
        return;
    }
    struct __ptrace_syscall_info info;
    if (!call || ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof info, &info) < 0 || info.op != PTRACE_SYSCALL_INFO_EXIT
        || info.exit.is_error)
        return;
    count++;
    note(thread, call);
    if (count == at) act(thread);
}

static void become(char **command) {
    struct sock_filter program[2 * CALLS + 2];
    int length = 0;
    program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++) {
        program[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 0, 1);
        program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {(unsigned short)length, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
        perror("tracer: seccomp");
        _exit(71);
    }
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

static void reap_orphans(int signal) {
    (void)signal;
    for (int i = 0; i < live; i++) {
        fprintf(out, "orphan %s %d\n", threads[i].program, threads[i].process);
        kill(threads[i].process, SIGKILL);
    }
    fflush(out);
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    out = fopen(argv[1], "we");
    if (!out) return 73;
    at = atol(argv[2]);
    char *what = strtok(argv[3], ":");
    if (!strcmp(what, "kill")) action = KILL;
    if (!strcmp(what, "power")) {
        action = POWER;
        mode = atoi(strtok(NULL, ":"));
        mount_point = strtok(NULL, "");
    }
    if (!strcmp(what, "fail")) {
        action = FAIL;
        error = atoi(strtok(NULL, ":"));
        failing_call = strtok(NULL, "");
    }
    int go[2];
    if (pipe2(go, O_CLOEXEC)) return 71;
    first = fork();
    if (first == 0) {
        char byte;
        if (read(go[0], &byte, 1) != 1) _exit(71);
        become(argv + 4);
    }
    long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC
        | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    if (first < 0 || ptrace(PTRACE_SEIZE, first, 0, options)) {
        perror("tracer: ptrace");
        kill(first, SIGKILL);
        return 71;
    }
    fprintf(out, "main %d\n", first);
    fflush(out);
    if (write(go[1], "", 1) != 1) return 71;
    struct sigaction reap = {.sa_handler = reap_orphans};
    sigaction(SIGALRM, &reap, NULL);

    int result = 71, status;
    for (;;) {
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0 && errno == EINTR) continue;
        if (id < 0) break;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            forget(id);
            if (id == first) {
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                alarm(10);
            }
            continue;
        }
        find(id);
        int event = status >> 16, signal = WSTOPSIG(status);
        int how = PTRACE_CONT;
        if (event == PTRACE_EVENT_SECCOMP) {
            how = enter(id);
            signal = 0;
        } else if (event == PTRACE_EVENT_STOP) {
            /* A new thread; or a stop by a signal, which lasts until SIGCONT. */
            how = signal == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN;
            signal = 0;
        } else if (event) {
            signal = 0;
        } else if (signal == (SIGTRAP | 0x80)) {
            leave(id);
            signal = 0;
        }
        ptrace(how, id, 0, signal);
    }
    fprintf(out, "end %ld %d\n", count, result);
    fclose(out);
    return result;
}
