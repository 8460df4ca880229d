package dev.mooring.guest.compile;

import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.machine.HostOperations;
import dev.mooring.guest.machine.Wasi;
import java.util.List;
import java.util.Map;

/**
 * What each import of a module becomes: all that guests are offered. {@link
 * dev.mooring.guest.intake.HostImports} has checked their types before.
 */
final class HostLinks {
  private static final String MOORING = "mooring";
  private static final String WASI = "wasi_snapshot_preview1";

  private static final Constant NOT_SUPPORTED = new Constant(Wasi.ENOSYS);

  /** A libc that is told anything else gives up before the first line of its guest. */
  private static final Constant NO_DIRECTORY = new Constant(Wasi.EBADF);

  private static final OfStream DONE = new OfStream(Wasi.SUCCESS);
  private static final OfStream NO_PLACE = new OfStream(Wasi.ESPIPE);

  /** The types are written as in class files: I for i32, J for i64, V for no result. */
  static final Map<String, Link> OFFERED =
      Map.ofEntries(
          offer(MOORING, "input_len", "inputLen", "()I"),
          offer(MOORING, "input_read", "inputRead", "(III)I"),
          offer(MOORING, "output_write", "outputWrite", "(II)V"),
          offer(MOORING, "event", "event", "(II)V"),
          offer(MOORING, "fail", "fail", "(II)V"),
          offer(MOORING, "log", "log", "(III)V"),
          offer(MOORING, "config_get", "configGet", "(IIII)I"),
          offer(MOORING, "time_unix_nanos", "timeUnixNanos", "()J"),
          offer(MOORING, "random", "random", "(II)V"),
          offer(MOORING, "traceparent", "traceparent", "(II)I"),
          offer(MOORING, "timer_set", "timerSet", "(II)V"),
          offer(MOORING, "timer_clear", "timerClear", "(I)V"),
          offer(WASI, "args_get", "wasiArgsGet", "(II)I"),
          offer(WASI, "args_sizes_get", "wasiArgsSizesGet", "(II)I"),
          offer(WASI, "environ_get", "wasiEnvironGet", "(II)I"),
          offer(WASI, "environ_sizes_get", "wasiEnvironSizesGet", "(II)I"),
          offer(WASI, "clock_res_get", "wasiClockResGet", "(II)I"),
          offer(WASI, "clock_time_get", "wasiClockTimeGet", "(IJI)I"),
          answer("fd_advise", NO_PLACE),
          answer("fd_allocate", NO_PLACE),
          answer("fd_close", DONE),
          answer("fd_datasync", DONE),
          offer(WASI, "fd_fdstat_get", "wasiFdFdstatGet", "(II)I"),
          answer("fd_fdstat_set_flags", DONE),
          answer("fd_fdstat_set_rights", DONE),
          offer(WASI, "fd_filestat_get", "wasiFdFilestatGet", "(II)I"),
          answer("fd_filestat_set_size", new OfStream(Wasi.EINVAL)),
          answer("fd_filestat_set_times", new OfStream(Wasi.ENOSYS)),
          answer("fd_pread", NO_PLACE),
          answer("fd_prestat_get", NO_DIRECTORY),
          answer("fd_prestat_dir_name", NO_DIRECTORY),
          answer("fd_pwrite", NO_PLACE),
          offer(WASI, "fd_read", "wasiFdRead", "(IIII)I"),
          answer("fd_readdir", new OfStream(Wasi.ENOTDIR)),
          answer("fd_renumber", new OfStream(Wasi.ENOSYS)),
          answer("fd_seek", NO_PLACE),
          answer("fd_sync", DONE),
          answer("fd_tell", NO_PLACE),
          offer(WASI, "fd_write", "wasiFdWrite", "(IIII)I"),
          answer("path_create_directory", NOT_SUPPORTED),
          answer("path_filestat_get", NOT_SUPPORTED),
          answer("path_filestat_set_times", NOT_SUPPORTED),
          answer("path_link", NOT_SUPPORTED),
          answer("path_open", NOT_SUPPORTED),
          answer("path_readlink", NOT_SUPPORTED),
          answer("path_remove_directory", NOT_SUPPORTED),
          answer("path_rename", NOT_SUPPORTED),
          answer("path_symlink", NOT_SUPPORTED),
          answer("path_unlink_file", NOT_SUPPORTED),
          offer(WASI, "poll_oneoff", "wasiPollOneoff", "(IIII)I"),
          offer(WASI, "proc_exit", "wasiProcExit", "(I)V"),
          answer("proc_raise", NOT_SUPPORTED),
          offer(WASI, "random_get", "wasiRandomGet", "(II)I"),
          answer("sched_yield", new Constant(Wasi.SUCCESS)),
          answer("sock_accept", NOT_SUPPORTED),
          answer("sock_recv", NOT_SUPPORTED),
          answer("sock_send", NOT_SUPPORTED),
          answer("sock_shutdown", NOT_SUPPORTED));

  /** What an import becomes. */
  sealed interface Link {}

  /**
   * A static method of {@link HostOperations}.
   *
   * @param descriptor its type as generated code sees it, without the instance that comes last
   */
  record Operation(String name, String descriptor) implements Link {}

  /** One answer, whatever it is asked. */
  record Constant(int answer) implements Link {}

  /** An answer if the first argument is one of the standard streams; no other is open. */
  record OfStream(int answer) implements Link {}

  private HostLinks() {}

  private static Map.Entry<String, Link> offer(
      String module, String function, String name, String descriptor) {
    return Map.entry(module + "." + function, new Operation(name, descriptor));
  }

  private static Map.Entry<String, Link> answer(String function, Link link) {
    return Map.entry(WASI + "." + function, link);
  }

  /** What each imported function becomes, in the order of their indices. */
  static List<Link> resolve(List<ImportedFunction> imports) {
    return imports.stream().map(HostLinks::link).toList();
  }

  private static Link link(ImportedFunction wanted) {
    Link link = OFFERED.get(wanted.module() + "." + wanted.name());
    if (link == null) {
      throw new IllegalStateException(wanted + " was let in, and is nowhere");
    }
    return link;
  }
}
