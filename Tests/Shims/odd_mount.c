/* A file system with the faults of others: what lies in a directory, mounted elsewhere through FUSE.

   usage: odd_mount SOURCE MOUNT [hang=FILE] [no-flags] [no-link] [new-inodes] [wait=MILLISECONDS]

   hang=FILE: while FILE is there, nothing is answered (a network share whose server is gone).
   no-flags: a rename with flags, such as RENAME_NOREPLACE, is EINVAL (sshfs, unionfs).
   no-link: there are no hard links (sshfs to many servers, SMB).
   new-inodes: a file's inode number changes with its name, and over time.
   wait=N: every answer takes N milliseconds.
   It runs until it is unmounted. */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int root;
static const char *hang;
static int no_flags, no_link, new_inodes, wait_ms;

/* Paths relative to the source; what FUSE asks for begins with a slash. */
static const char *below(const char *path) {
    while (hang && access(hang, F_OK) == 0) usleep(20000);
    if (wait_ms) usleep(wait_ms * 1000);
    return path[1] ? path + 1 : ".";
}

static int result(int value) { return value < 0 ? -errno : 0; }

static void *begin(struct fuse_conn_info *connection, struct fuse_config *configuration) {
    (void)connection;
    configuration->use_ino = !new_inodes;
    configuration->kernel_cache = 0;
    configuration->entry_timeout = configuration->attr_timeout = configuration->negative_timeout = 0;
    configuration->nullpath_ok = 0;
    return NULL;
}

static int odd_getattr(const char *path, struct stat *status, struct fuse_file_info *file) {
    const char *name = below(path);
    return result(file ? fstat((int)file->fh, status) : fstatat(root, name, status, AT_SYMLINK_NOFOLLOW));
}

static int odd_readlink(const char *path, char *target, size_t size) {
    ssize_t count = readlinkat(root, below(path), target, size - 1);
    if (count < 0) return -errno;
    target[count] = 0;
    return 0;
}

static int odd_readdir(const char *path, void *buffer, fuse_fill_dir_t add, off_t offset, struct fuse_file_info *file,
                       enum fuse_readdir_flags flags) {
    (void)offset, (void)file, (void)flags;
    int descriptor = openat(root, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!directory) return -errno;
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct stat status = {.st_ino = entry->d_ino, .st_mode = (mode_t)entry->d_type << 12};
        if (add(buffer, entry->d_name, &status, 0, 0)) break;
    }
    closedir(directory);
    return 0;
}

static int odd_mkdir(const char *path, mode_t mode) { return result(mkdirat(root, below(path), mode)); }
static int odd_unlink(const char *path) { return result(unlinkat(root, below(path), 0)); }
static int odd_rmdir(const char *path) { return result(unlinkat(root, below(path), AT_REMOVEDIR)); }
static int odd_symlink(const char *target, const char *path) { return result(symlinkat(target, root, below(path))); }

static int odd_rename(const char *from, const char *to, unsigned flags) {
    const char *old = below(from);
    if (flags && no_flags) return -EINVAL;
    return result(renameat2(root, old, root, below(to), flags));
}

static int odd_link(const char *from, const char *to) {
    const char *old = below(from);
    if (no_link) return -EPERM;
    return result(linkat(root, old, root, below(to), 0));
}

static int odd_chmod(const char *path, mode_t mode, struct fuse_file_info *file) {
    (void)file;
    return result(fchmodat(root, below(path), mode, 0));
}

static int odd_chown(const char *path, uid_t user, gid_t group, struct fuse_file_info *file) {
    (void)file;
    return result(fchownat(root, below(path), user, group, AT_SYMLINK_NOFOLLOW));
}

static int odd_truncate(const char *path, off_t size, struct fuse_file_info *file) {
    const char *name = below(path);
    if (file) return result(ftruncate((int)file->fh, size));
    int descriptor = openat(root, name, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int outcome = result(ftruncate(descriptor, size));
    close(descriptor);
    return outcome;
}

static int odd_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *file) {
    (void)file;
    return result(utimensat(root, below(path), times, AT_SYMLINK_NOFOLLOW));
}

static int odd_open(const char *path, struct fuse_file_info *file) {
    int descriptor = openat(root, below(path), file->flags | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    file->fh = (uint64_t)descriptor;
    return 0;
}

static int odd_create(const char *path, mode_t mode, struct fuse_file_info *file) {
    int descriptor = openat(root, below(path), file->flags | O_CREAT | O_CLOEXEC, mode);
    if (descriptor < 0) return -errno;
    file->fh = (uint64_t)descriptor;
    return 0;
}

static int odd_read(const char *path, char *data, size_t size, off_t offset, struct fuse_file_info *file) {
    below(path);
    ssize_t count = pread((int)file->fh, data, size, offset);
    return count < 0 ? -errno : (int)count;
}

static int odd_write(const char *path, const char *data, size_t size, off_t offset, struct fuse_file_info *file) {
    below(path);
    ssize_t count = pwrite((int)file->fh, data, size, offset);
    return count < 0 ? -errno : (int)count;
}

static int odd_release(const char *path, struct fuse_file_info *file) {
    (void)path;
    return result(close((int)file->fh));
}

static int odd_fsync(const char *path, int data_only, struct fuse_file_info *file) {
    below(path);
    return result(data_only ? fdatasync((int)file->fh) : fsync((int)file->fh));
}

static int odd_fsyncdir(const char *path, int data_only, struct fuse_file_info *file) {
    (void)data_only, (void)file;
    int descriptor = openat(root, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int outcome = result(fsync(descriptor));
    close(descriptor);
    return outcome;
}

static int odd_statfs(const char *path, struct statvfs *status) {
    below(path);
    return result(fstatvfs(root, status));
}

static const struct fuse_operations operations = {
    .init = begin,
    .getattr = odd_getattr,
    .readlink = odd_readlink,
    .readdir = odd_readdir,
    .mkdir = odd_mkdir,
    .unlink = odd_unlink,
    .rmdir = odd_rmdir,
    .symlink = odd_symlink,
    .rename = odd_rename,
    .link = odd_link,
    .chmod = odd_chmod,
    .chown = odd_chown,
    .truncate = odd_truncate,
    .utimens = odd_utimens,
    .open = odd_open,
    .create = odd_create,
    .read = odd_read,
    .write = odd_write,
    .release = odd_release,
    .fsync = odd_fsync,
    .fsyncdir = odd_fsyncdir,
    .statfs = odd_statfs,
};

int main(int count, char **words) {
    if (count < 3 || (root = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        fprintf(stderr, "usage: odd_mount SOURCE MOUNT [hang=FILE] [no-flags] [no-link] [new-inodes] [wait=MILLISECONDS]\n");
        return 64;
    }
    for (int index = 3; index < count; index++) {
        if (strncmp(words[index], "hang=", 5) == 0) hang = words[index] + 5;
        if (strncmp(words[index], "wait=", 5) == 0) wait_ms = atoi(words[index] + 5);
        no_flags |= strcmp(words[index], "no-flags") == 0;
        no_link |= strcmp(words[index], "no-link") == 0;
        new_inodes |= strcmp(words[index], "new-inodes") == 0;
    }
    umask(0);
    char *arguments[] = {words[0], words[2], "-f", "-o", "fsname=odd_mount,default_permissions", NULL};
    return fuse_main(5, arguments, &operations, NULL);
}
