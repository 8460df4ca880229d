package dev.mooring.guest.intake;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The committed guests: each ordinary one comes in, and of the hostile ones those that bytes alone
 * give away don't.
 */
class CommittedGuestsTest {
  private static final List<Path> FOLDERS =
      List.of(Path.of("guests"), Path.of("test/guests"), Path.of("bench/guests"));

  /** All other hostile guests are valid modules, which later stages refuse, stop or end. */
  private static final Map<String, Reason> REFUSED =
      new TreeMap<>(
          Map.ofEntries(
              entry("hostile_atomics", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_body_count", Reason.INVALID),
              entry("hostile_br_table", Reason.TOO_MANY_BRANCH_TARGETS),
              entry("hostile_component", Reason.UNSUPPORTED_VERSION),
              entry("hostile_config_utf8", Reason.BAD_CONFIG_SECTION),
              entry("hostile_duplicate_export", Reason.INVALID),
              entry("hostile_exceptions", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_exports_many", Reason.TOO_MANY_EXPORTS),
              entry("hostile_function_count", Reason.TOO_MANY_FUNCTIONS),
              entry("hostile_gc", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_import_global", Reason.UNSUPPORTED_IMPORT),
              entry("hostile_import_memory", Reason.UNSUPPORTED_IMPORT),
              entry("hostile_import_module", Reason.UNSUPPORTED_IMPORT),
              entry("hostile_import_name", Reason.UNSUPPORTED_IMPORT),
              entry("hostile_import_table", Reason.UNSUPPORTED_IMPORT),
              entry("hostile_import_type", Reason.WRONG_IMPORT_SIGNATURE),
              entry("hostile_import_wasi", Reason.UNSUPPORTED_IMPORT),
              entry("hostile_imports_many", Reason.TOO_MANY_IMPORTS),
              entry("hostile_initialize_type", Reason.WRONG_EXPORT),
              entry("hostile_invalid_body", Reason.INVALID),
              entry("hostile_invalid_call", Reason.INVALID),
              entry("hostile_leb_long", Reason.MALFORMED),
              entry("hostile_locals", Reason.TOO_MANY_LOCALS),
              entry("hostile_locals_split", Reason.TOO_MANY_LOCALS),
              entry("hostile_magic", Reason.TRUNCATED),
              entry("hostile_memory64", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_memory_hidden", Reason.MEMORY_NOT_EXPORTED),
              entry("hostile_memory_huge", Reason.MEMORY_TOO_LARGE),
              entry("hostile_memory_none", Reason.MEMORY_NOT_EXPORTED),
              entry("hostile_multi_memory", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_name_utf8", Reason.MALFORMED),
              entry("hostile_nesting", Reason.BLOCKS_TOO_DEEP),
              entry("hostile_not_wasm", Reason.NOT_WASM),
              entry("hostile_params_many", Reason.TOO_MANY_PARAMETERS),
              entry("hostile_relaxed_simd", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_reserved_types", Reason.WRONG_EXPORT),
              entry("hostile_section_length", Reason.TRUNCATED),
              entry("hostile_section_order", Reason.INVALID),
              entry("hostile_section_twice", Reason.MALFORMED),
              entry("hostile_section_unknown", Reason.MALFORMED),
              entry("hostile_shared_memory", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_simd", Reason.UNSUPPORTED_PROPOSAL),
              entry("hostile_table_huge", Reason.TOO_MANY_TABLE_ENTRIES),
              entry("hostile_table_large", Reason.TOO_MANY_TABLE_ENTRIES),
              entry("hostile_tables_many", Reason.TOO_MANY_TABLE_ENTRIES),
              entry("hostile_truncated", Reason.TRUNCATED),
              entry("hostile_type_count", Reason.TOO_MANY_TYPES),
              entry("hostile_version", Reason.UNSUPPORTED_VERSION)));

  @Test
  void examine_committedGuests_onlyTheseAreRefused() throws IOException {
    var refused = new TreeMap<String, Reason>();
    int examined = 0;
    for (Path folder : FOLDERS) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".wasm")).toList()) {
          examined++;
          try {
            Intake.examine(Files.readAllBytes(file), IntakeLimits.DEFAULTS);
          } catch (ModuleRejection e) {
            refused.put(file.getFileName().toString().replace(".wasm", ""), e.reason());
          }
        }
      }
    }
    assertEquals(REFUSED, refused);
    assertEquals(true, examined > REFUSED.size());
  }
}
