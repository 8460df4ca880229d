package dev.mooring.guest.compile;

import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.machine.HostOperations;
import java.util.List;
import java.util.Map;

/**
 * Which of our {@link HostOperations} each import of a module is: all that guests are offered and
 * that does something. {@link dev.mooring.guest.intake.HostImports} has checked their types before.
 */
final class HostLinks {
  private static final String MOORING = "mooring";
  private static final String WASI = "wasi_snapshot_preview1";

  /** The types are written as in class files: I for i32, J for i64, V for no result. */
  static final Map<String, Operation> OFFERED =
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
          offer(MOORING, "timer_set", "timerSet", "(II)V"),
          offer(MOORING, "timer_clear", "timerClear", "(I)V"),
          offer(WASI, "args_sizes_get", "wasiArgsSizesGet", "(II)I"),
          offer(WASI, "args_get", "wasiArgsGet", "(II)I"),
          offer(WASI, "environ_sizes_get", "wasiEnvironSizesGet", "(II)I"),
          offer(WASI, "environ_get", "wasiEnvironGet", "(II)I"),
          offer(WASI, "clock_res_get", "wasiClockResGet", "(II)I"),
          offer(WASI, "clock_time_get", "wasiClockTimeGet", "(IJI)I"),
          offer(WASI, "random_get", "wasiRandomGet", "(II)I"),
          offer(WASI, "sched_yield", "wasiSchedYield", "()I"),
          offer(WASI, "fd_fdstat_get", "wasiFdFdstatGet", "(II)I"),
          offer(WASI, "fd_prestat_get", "wasiFdPrestatGet", "(II)I"),
          offer(WASI, "fd_write", "wasiFdWrite", "(IIII)I"),
          offer(WASI, "proc_exit", "wasiProcExit", "(I)V"));

  /** A function of WASI's that isn't linked answers ENOSYS, whatever it is given. */
  static final Operation NOT_SUPPORTED = new Operation("", "");

  /**
   * A static method of {@link HostOperations}.
   *
   * @param descriptor its type as generated code sees it, without the instance that comes last
   */
  record Operation(String name, String descriptor) {}

  private HostLinks() {}

  private static Map.Entry<String, Operation> offer(
      String module, String function, String name, String descriptor) {
    return Map.entry(module + "." + function, new Operation(name, descriptor));
  }

  /** The operation for each imported function, in the order of their indices. */
  static List<Operation> resolve(List<ImportedFunction> imports) {
    return imports.stream()
        .map(wanted -> OFFERED.getOrDefault(wanted.module() + "." + wanted.name(), NOT_SUPPORTED))
        .toList();
  }
}
