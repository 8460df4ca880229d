package dev.mooring.guest.intake;

import dev.mooring.guest.intake.HostImports.HostImport;
import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.stream.Collectors;

/** Compares imports with what is offered, and explains what doesn't fit. */
final class ImportCheck {
  private static final String OFFER =
      "Mooring offers functions of the modules '"
          + HostImports.MOORING
          + "' and '"
          + HostImports.WASI
          + "'";

  private ImportCheck() {}

  static HostImport require(String module, String name, Signature signature, int offset) {
    HostImport offered = HostImports.find(module, name);
    if (offered == null) {
      throw refused(module, name, "func " + signature, hint(module, name), offset);
    }
    if (!offered.signature().equals(signature)) {
      throw new ModuleRejection(
          Reason.WRONG_IMPORT_SIGNATURE,
          offset,
          "imports " + module + "." + name + " as " + signature + "; it is " + offered.signature());
    }
    return offered;
  }

  static ModuleRejection notAFunction(String module, String name, int kind, int offset) {
    return switch (kind) {
      case 1 ->
          refused(
              module,
              name,
              "table",
              "define the table in the module: link without --import-table",
              offset);
      case 2 ->
          refused(
              module,
              name,
              "memory",
              "define the memory in the module: link without --import-memory",
              offset);
      case 3 ->
          refused(
              module, name, "global", "define the global in the module: link statically", offset);
      case 4 -> Proposals.exceptions(offset, "the imported tag " + module + "." + name);
      default -> WasmReader.malformed(offset, "has an import of the unknown kind " + kind);
    };
  }

  private static ModuleRejection refused(
      String module, String name, String kind, String hint, int offset) {
    return new ModuleRejection(
        Reason.UNSUPPORTED_IMPORT,
        offset,
        "imports "
            + module
            + "."
            + name
            + " ("
            + kind
            + "); "
            + OFFER
            + (hint.isEmpty() ? "" : "; " + hint));
  }

  private static String hint(String module, String name) {
    if (module.equals(HostImports.MOORING)) {
      return "of the former: "
          + HostImports.of(module).stream().map(HostImport::name).collect(Collectors.joining(", "));
    }
    if (module.equals("env") && name.equals("abort")) {
      return "AssemblyScript: compile with --use abort=";
    }
    if (module.equals("env")) {
      return "the linker puts what it found no definition for into 'env': link a library that defines it";
    }
    if (module.startsWith("wasi_") && !module.equals(HostImports.WASI)) {
      return "build for WASI preview 1";
    }
    if (module.startsWith("wasi:")) {
      return "build for WASI preview 1 (wasm32-wasip1) instead of preview 2";
    }
    return "";
  }
}
