#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCHITECTURE

// Calls that this architecture does not have.
#ifndef __NR_fork
#define __NR_fork -1
#define __NR_vfork -1
#define __NR_chmod -1
#define __NR_chown -1
#define __NR_lchown -1
#define __NR_utime -1
#define __NR_utimes -1
#define __NR_futimesat -1
#define __NR_mknod -1
#define __NR_uselib -1
#endif
#ifndef __NR_iopl
#define __NR_iopl -1
#define __NR_ioperm -1
#define __NR_modify_ldt -1
#endif
// Calls that older headers do not have. These numbers are the same everywhere.
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442
#endif
#ifndef __NR_quotactl_fd
#define __NR_quotactl_fd 443
#endif
#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif
#ifndef __NR_process_mrelease
#define __NR_process_mrelease 448
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467
#endif
#ifndef __NR_file_setattr
#define __NR_file_setattr 469
#endif

// sendmsg, recvmsg and the like are not among them: they are of use only on the socket that is there.
static const int refused[] = {
    // The network, and every other socket.
    __NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4,
    // Other processes: their memory, their descriptors, their signals; what they share.
    __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_process_madvise, __NR_process_mrelease,
    __NR_pidfd_open, __NR_pidfd_getfd, __NR_pidfd_send_signal, __NR_kcmp, __NR_tkill, __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo, __NR_move_pages, __NR_migrate_pages, __NR_shmget, __NR_shmat, __NR_shmctl, __NR_semget,
    __NR_semctl, __NR_msgget, __NR_msgctl, __NR_mq_open, __NR_mq_unlink, __NR_perf_event_open,
    // New programs and processes; and the way out of the process group, by which the supervisor kills.
    __NR_execve, __NR_execveat, __NR_fork, __NR_vfork, __NR_setsid, __NR_setpgid,
    // Other views of the system.
    __NR_unshare, __NR_setns, __NR_chroot, __NR_pivot_root, __NR_mount, __NR_umount2, __NR_fsopen, __NR_fsconfig,
    __NR_fsmount, __NR_fspick, __NR_open_tree, __NR_open_tree_attr, __NR_move_mount, __NR_mount_setattr,
    // Owners, permissions, times, attributes and (before ABI 3) lengths of files by name, which Landlock leaves alone;
    // files that are no files.
    __NR_chmod, __NR_fchmod, __NR_fchmodat, __NR_fchmodat2, __NR_chown, __NR_fchown, __NR_lchown, __NR_fchownat,
    __NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_setxattrat, __NR_removexattr, __NR_lremovexattr,
    __NR_fremovexattr, __NR_removexattrat, __NR_file_setattr, __NR_utime, __NR_utimes, __NR_futimesat, __NR_utimensat,
    __NR_truncate, __NR_mknod, __NR_mknodat, __NR_name_to_handle_at, __NR_open_by_handle_at, __NR_fanotify_init, __NR_fanotify_mark,
    // Parts of the kernel with a long list of faults, none of which decodes pictures.
    __NR_bpf, __NR_userfaultfd, __NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register, __NR_add_key,
    __NR_request_key, __NR_keyctl, __NR_memfd_secret, __NR_modify_ldt, __NR_uselib,
    // The machine.
    __NR_init_module, __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_kexec_file_load, __NR_reboot,
    __NR_swapon, __NR_swapoff, __NR_acct, __NR_syslog, __NR_quotactl, __NR_quotactl_fd, __NR_settimeofday,
    __NR_clock_settime, __NR_clock_adjtime, __NR_adjtimex, __NR_sethostname, __NR_setdomainname, __NR_iopl,
    __NR_ioperm, __NR_personality,
};

static const unsigned name_spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER
    | CLONE_NEWPID | CLONE_NEWNET;

enum { most_instructions = 2 * (sizeof refused / sizeof refused[0]) + 64 };

struct program {
    struct sock_filter code[most_instructions];
    unsigned short length;
};

static void add(struct program *program, struct sock_filter instruction) {
    if (program->length < most_instructions)
        program->code[program->length++] = instruction;
}

static const struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
static const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

static void load(struct program *program, size_t offset) {
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void load_call(struct program *program) {
    load(program, offsetof(struct seccomp_data, nr));
}

// The low half of an argument: processors of this list are little-endian.
static void load_argument(struct program *program, int index) {
    load(program, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
}

// Unless the loaded word is `value`, the next `count` instructions are passed over.
static void only_if(struct program *program, unsigned value, unsigned char count) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

static void refuse_unless_about(struct program *program, int call, unsigned process, int zero_too) {
    only_if(program, (unsigned)call, zero_too ? 6 : 4);
    load_argument(program, 0);
    if (zero_too) {
        only_if(program, 0, 1);
        add(program, allow);
    }
    only_if(program, process, 1);
    add(program, allow);
    add(program, refuse);
}

static void write_program(struct program *program) {
    load(program, offsetof(struct seccomp_data, arch));
    // Calls of another architecture (32 bits) have other numbers.
    only_if(program, THIS_ARCHITECTURE, 1);
    add(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
    add(program, refuse);
    load_call(program);
#ifdef __x86_64__
    // x32: the same processor mode, numbers with this bit.
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    add(program, refuse);
#endif
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++) {
        if (refused[index] < 0)
            continue;
        only_if(program, (unsigned)refused[index], 1);
        add(program, refuse);
    }
    // clone3 keeps its flags where a filter cannot look; told that there is none, glibc falls back on clone.
    only_if(program, __NR_clone3, 1);
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    // Threads, and nothing else: neither processes nor name spaces.
    only_if(program, __NR_clone, 5);
    load_argument(program, 0);
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, name_spaces, 1, 0));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
    add(program, refuse);
    add(program, allow);
    // It may end itself, and limit itself, but no other process.
    unsigned self = (unsigned)getpid();
    refuse_unless_about(program, __NR_kill, self, 0);
    refuse_unless_about(program, __NR_tgkill, self, 0);
    refuse_unless_about(program, __NR_prlimit64, self, 1);
    // A shared mapping that can be executed: liborc, within libvips, would make a file for its code wherever it can, and a
    // full disk is SIGBUS there. Refused, it takes anonymous memory. Libraries are mapped privately.
    only_if(program, __NR_mmap, 6);
    load_argument(program, 3);
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, 3));
    load_argument(program, 2);
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    add(program, refuse);
    add(program, allow);
    // It goes with its supervisor, whatever it would like.
    only_if(program, __NR_prctl, 4);
    load_argument(program, 0);
    only_if(program, PR_SET_PDEATHSIG, 1);
    add(program, refuse);
    add(program, allow);
    add(program, allow);
}

int sluice_refuse_system_calls(void) {
    struct program program = {.length = 0};
    write_program(&program);
    struct sock_fprog filter = {.len = program.length, .filter = program.code};
    // Threads that run already (none do) are to have it too.
    long result = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    if (result > 0) {
        errno = ESRCH;
        return -1;
    }
    return (int)result;
}

#else

int sluice_refuse_system_calls(void) {
    errno = ENOSYS;
    return -1;
}

#endif
