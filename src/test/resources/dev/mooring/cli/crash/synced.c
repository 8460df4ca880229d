// Notes what a power failure would leave of one folder, for a test to take away the rest of it.
//
// Loaded into a process by LD_PRELOAD, it lets every call through and writes down, in a file that
// outlives the process,
//
//   file INODE LENGTH          when a sync of a file in the folder has returned: how long the file
//                              was when the sync began
//   folder INODE NAME ...      when a sync of the folder has returned: what it named when the sync
//                              began
//
// one line each. Whatever loses its name in the folder keeps one beside that file, `gone.INODE`:
// the power may fail before it has lost it on the disk, too, and its inode must not be another's.
//
// Environment: SYNCED_FOLDER, the folder, and SYNCED_NOTES, the folder for the notes, on the same
// file system. Both are absolute and without symbolic links.
//
// What it doesn't know is taken for not synced: sync_file_range, which promises nothing of the
// kind, sync, syncfs, msync, and files opened to be written through. It knows nothing of folders in
// the folder, and takes it that what was synced isn't written over, as of files that only grow.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 1 << 20 };

static const char *folder;
static const char *notes;
static int notes_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("SYNCED_FOLDER");
  notes = getenv("SYNCED_NOTES");
  if (folder == NULL || notes == NULL) {
    folder = NULL;
    return;
  }
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/notes", notes);
  notes_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (notes_fd < 0) {
    perror("synced: can't take notes");
    abort();
  }
}

// A test that believed too little was synced would find fault with what is right.
static void note(const char *line, size_t length) {
  if (write(notes_fd, line, length) != (ssize_t)length) {
    perror("synced: can't take notes");
    abort();
  }
}

enum of { ELSEWHERE, FOLDER, IN_FOLDER };

static enum of of_path(const char *path) {
  size_t length;
  if (folder == NULL || strncmp(path, folder, length = strlen(folder)) != 0) return ELSEWHERE;
  if (path[length] == '\0') return FOLDER;
  return path[length] == '/' ? IN_FOLDER : ELSEWHERE;
}

static enum of of_descriptor(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return ELSEWHERE;
  path[length] = '\0';
  return of_path(path);
}

static int sync_file(int fd, int (*sync)(int)) {
  struct stat before;
  int known = fstat(fd, &before);
  int result = sync(fd);
  if (result == 0 && known == 0) {
    char line[80];
    int length = snprintf(line, sizeof line, "file %llu %lld\n", (unsigned long long)before.st_ino,
                          (long long)before.st_size);
    note(line, (size_t)length);
  }
  return result;
}

static size_t list(char *line) {
  size_t length = (size_t)sprintf(line, "folder");
  DIR *stream = opendir(folder);
  struct dirent *each;
  while (stream != NULL && (each = readdir(stream)) != NULL) {
    struct stat is;
    if (each->d_name[0] == '.' ||
        fstatat(dirfd(stream), each->d_name, &is, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    if (length + NAME_MAX + 32 > LINE_BYTES) abort();
    length +=
        (size_t)sprintf(line + length, " %llu %s", (unsigned long long)is.st_ino, each->d_name);
  }
  if (stream == NULL) abort();
  closedir(stream);
  line[length++] = '\n';
  return length;
}

// One at a time, and no name goes meanwhile: the last line is what holds.
static int sync_folder(int fd, int (*sync)(int)) {
  static char line[LINE_BYTES];
  pthread_mutex_lock(&lock);
  size_t length = list(line);
  int result = sync(fd);
  int error = errno;
  if (result == 0) note(line, length);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static int synced(int fd, int (*sync)(int)) {
  switch (of_descriptor(fd)) {
    case FOLDER: return sync_folder(fd, sync);
    case IN_FOLDER: return sync_file(fd, sync);
    default: return sync(fd);
  }
}

int fsync(int fd) {
  return synced(fd, (int (*)(int))dlsym(RTLD_NEXT, "fsync"));
}

int fdatasync(int fd) {
  return synced(fd, (int (*)(int))dlsym(RTLD_NEXT, "fdatasync"));
}

// What has this name is about to lose it.
static void keep(const char *path) {
  struct stat is;
  char kept[PATH_MAX];
  if (lstat(path, &is) != 0) return;
  snprintf(kept, sizeof kept, "%s/gone.%llu", notes, (unsigned long long)is.st_ino);
  if (link(path, kept) != 0 && errno != EEXIST) {
    perror("synced: can't keep what goes");
    abort();
  }
}

int unlink(const char *path) {
  int (*really)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  if (of_path(path) != IN_FOLDER) return really(path);
  pthread_mutex_lock(&lock);
  keep(path);
  int result = really(path);
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int rename(const char *from, const char *to) {
  int (*really)(const char *, const char *) =
      (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  if (of_path(to) != IN_FOLDER) return really(from, to);
  pthread_mutex_lock(&lock);
  keep(to);
  int result = really(from, to);
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
