package dev.mooring.guest.intake;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every function that a module may import, with its type: the table by which imports are checked.
 * What each is bound to says another, of the engine's; a test keeps the two together. Its order is
 * the order in which functions are listed to people.
 */
public final class HostImports {
  /** The module name of Mooring's own functions, ABI version 1. */
  public static final String MOORING = "mooring";

  /** The module name of WASI preview 1. */
  public static final String WASI = "wasi_snapshot_preview1";

  /**
   * A function on offer.
   *
   * @param takesPointer whether the host reads or writes guest memory, so that memory must be
   *     exported
   */
  public record HostImport(String module, String name, Signature signature, boolean takesPointer) {
    @Override
    public String toString() {
      return module + "." + name + " " + signature;
    }
  }

  private static final Map<String, Map<String, HostImport>> OFFERED = offered();

  private HostImports() {}

  /** What is offered under these names, or null. */
  public static @Nullable HostImport find(String module, String name) {
    Map<String, HostImport> functions = OFFERED.get(module);
    return functions == null ? null : functions.get(name);
  }

  /** All functions of {@link #MOORING} or {@link #WASI}; none of any other module. */
  public static Collection<HostImport> of(String module) {
    Map<String, HostImport> functions = OFFERED.get(module);
    return functions == null ? List.of() : functions.values();
  }

  private static Map<String, Map<String, HostImport>> offered() {
    var mooring = new Table(MOORING);
    mooring.offer("input_len", "", "i");
    mooring.offer("input_read", "Pii", "i");
    mooring.offer("output_write", "Pi", "");
    mooring.offer("event", "Pi", "");
    mooring.offer("fail", "Pi", "");
    mooring.offer("log", "iPi", "");
    mooring.offer("config_get", "PiPi", "i");
    mooring.offer("time_unix_nanos", "", "l");
    mooring.offer("random", "Pi", "");
    mooring.offer("traceparent", "Pi", "i");
    mooring.offer("timer_set", "ii", "");
    mooring.offer("timer_clear", "i", "");

    var wasi = new Table(WASI);
    wasi.offer("args_get", "PP", "i");
    wasi.offer("args_sizes_get", "PP", "i");
    wasi.offer("environ_get", "PP", "i");
    wasi.offer("environ_sizes_get", "PP", "i");
    wasi.offer("clock_res_get", "iP", "i");
    wasi.offer("clock_time_get", "ilP", "i");
    wasi.offer("fd_advise", "illi", "i");
    wasi.offer("fd_allocate", "ill", "i");
    wasi.offer("fd_close", "i", "i");
    wasi.offer("fd_datasync", "i", "i");
    wasi.offer("fd_fdstat_get", "iP", "i");
    wasi.offer("fd_fdstat_set_flags", "ii", "i");
    wasi.offer("fd_fdstat_set_rights", "ill", "i");
    wasi.offer("fd_filestat_get", "iP", "i");
    wasi.offer("fd_filestat_set_size", "il", "i");
    wasi.offer("fd_filestat_set_times", "illi", "i");
    wasi.offer("fd_pread", "iPilP", "i");
    wasi.offer("fd_prestat_get", "iP", "i");
    wasi.offer("fd_prestat_dir_name", "iPi", "i");
    wasi.offer("fd_pwrite", "iPilP", "i");
    wasi.offer("fd_read", "iPiP", "i");
    wasi.offer("fd_readdir", "iPilP", "i");
    wasi.offer("fd_renumber", "ii", "i");
    wasi.offer("fd_seek", "iliP", "i");
    wasi.offer("fd_sync", "i", "i");
    wasi.offer("fd_tell", "iP", "i");
    wasi.offer("fd_write", "iPiP", "i");
    wasi.offer("path_create_directory", "iPi", "i");
    wasi.offer("path_filestat_get", "iiPiP", "i");
    wasi.offer("path_filestat_set_times", "iiPilli", "i");
    wasi.offer("path_link", "iiPiiPi", "i");
    wasi.offer("path_open", "iiPiilliP", "i");
    wasi.offer("path_readlink", "iPiPiP", "i");
    wasi.offer("path_remove_directory", "iPi", "i");
    wasi.offer("path_rename", "iPiiPi", "i");
    wasi.offer("path_symlink", "PiiPi", "i");
    wasi.offer("path_unlink_file", "iPi", "i");
    wasi.offer("poll_oneoff", "PPiP", "i");
    wasi.offer("proc_exit", "i", "");
    wasi.offer("proc_raise", "i", "i");
    wasi.offer("random_get", "Pi", "i");
    wasi.offer("sched_yield", "", "i");
    wasi.offer("sock_accept", "iiP", "i");
    wasi.offer("sock_recv", "iPiiPP", "i");
    wasi.offer("sock_send", "iPiiP", "i");
    wasi.offer("sock_shutdown", "ii", "i");

    return Map.of(MOORING, mooring.functions(), WASI, wasi.functions());
  }

  /**
   * Builds one module's functions: {@code i} is i32, {@code l} is i64, {@code P} an i32 that is an
   * address.
   */
  private static final class Table {
    private final String module;
    private final Map<String, HostImport> functions = new LinkedHashMap<>();

    Table(String module) {
      this.module = module;
    }

    void offer(String name, String params, String results) {
      var signature = new Signature(types(params), types(results));
      functions.put(name, new HostImport(module, name, signature, params.indexOf('P') >= 0));
    }

    Map<String, HostImport> functions() {
      return Collections.unmodifiableMap(functions);
    }

    private static List<ValueType> types(String letters) {
      var types = new ArrayList<ValueType>();
      for (int i = 0; i < letters.length(); i++) {
        types.add(letters.charAt(i) == 'l' ? ValueType.I64 : ValueType.I32);
      }
      return types;
    }
  }
}
