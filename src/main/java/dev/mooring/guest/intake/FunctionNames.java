package dev.mooring.guest.intake;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What a module's functions are called: by its name section, else by what they are imported or
 * exported as, else by their number. Names are whatever a module says: they may be any text, and
 * the same for several functions.
 *
 * <p>Immutable, and thread-safe.
 */
public final class FunctionNames {
  private static final int HEADER_BYTES = 8;
  private static final int CUSTOM = 0;

  private final Map<Integer, String> names;

  private FunctionNames(Map<Integer, String> names) {
    this.names = names;
  }

  /**
   * Of a module that was let in.
   *
   * @param wasm its bytes
   */
  public static FunctionNames of(byte[] wasm, ModuleSummary summary) {
    var names = new HashMap<Integer, String>();
    for (int i = 0; i < summary.imports().size(); i++) {
      ModuleSummary.ImportedFunction imported = summary.imports().get(i);
      names.put(i, imported.module() + "." + imported.name());
    }
    for (ModuleSummary.ExportedFunction exported : summary.exportedFunctions()) {
      names.putIfAbsent(exported.index(), exported.name());
    }
    int imports = summary.imports().size();
    var reader = new WasmReader(wasm, IntakeLimits.DEFAULTS);
    reader.skip(HEADER_BYTES, "header");
    while (reader.remaining() > 0) {
      int id = reader.u8();
      int outer = reader.enter(reader.u32(), "section");
      if (id == CUSTOM && NameSection.NAME.equals(reader.name("a section"))) {
        NameSection.functions(
            reader,
            (function, name) -> {
              if (function >= imports) {
                names.put(function, new String(name, StandardCharsets.UTF_8));
              }
            });
      }
      reader.skip(reader.remaining(), "section");
      reader.leave(outer, "section");
    }
    return new FunctionNames(Map.copyOf(names));
  }

  /** What a function is called, by its index. */
  public String name(int function) {
    String name = names.get(function);
    return name == null || name.isBlank() ? "function " + function : name;
  }
}
