package dev.mooring.guest.intake;

import dev.mooring.guest.intake.HostImports.HostImport;
import dev.mooring.guest.intake.ModuleRejection.Reason;
import dev.mooring.guest.intake.ModuleSummary.Export;
import dev.mooring.guest.intake.ModuleSummary.ExportKind;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a module from its first byte to its last, section by section, into a {@link ModuleDraft}.
 */
final class ModuleParser {
  /** Where the sections must stand; index is the section's id, 0 means anywhere. */
  private static final int[] SECTION_ORDER = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10};

  private static final String[] SECTION_NAMES = {
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count"
  };

  private final WasmReader reader;
  private final TypeReader types;
  private final ModuleDraft draft;
  private final IntakeLimits limits;
  private final StoreReader store;
  private final SegmentReader segments;
  private final CodeScanner code;
  private final CompileCost cost;
  private long customBytes;
  private long configBytes;

  ModuleParser(byte[] wasm, IntakeLimits limits, ModuleDraft draft, CompileCost cost) {
    this.reader = new WasmReader(wasm, limits);
    this.types = new TypeReader(reader);
    this.draft = draft;
    this.limits = limits;
    var expression = new ConstantExpression(reader, draft, limits);
    this.store = new StoreReader(reader, expression, draft, limits);
    this.segments = new SegmentReader(reader, expression, draft, limits);
    this.cost = cost;
    this.code = new CodeScanner(reader, draft, limits, cost);
  }

  void parse() {
    header();
    int last = 0;
    while (reader.remaining() > 0) {
      int start = reader.position();
      int id = reader.u8();
      String name = sectionName(id, start);
      if (id != 0) {
        if (SECTION_ORDER[id] <= last) {
          throw WasmReader.malformed(start, "has its " + name + " twice or out of order");
        }
        last = SECTION_ORDER[id];
      }
      int outer = reader.enter(reader.u32(), name);
      section(id);
      reader.leave(outer, name);
    }
    if (draft.bodies != draft.definedFunctions()) {
      throw WasmReader.invalid(
          reader.position(),
          "declares " + draft.definedFunctions() + " functions, but has no code");
    }
    if (draft.declaredData > 0 && draft.data.isEmpty()) {
      throw WasmReader.invalid(
          reader.position(), "declares " + draft.declaredData + " data segments, but has none");
    }
    cost.addTypes(draft.types, draft.functions, reader.position());
  }

  private void header() {
    byte[] magic = {0, 'a', 's', 'm'};
    for (byte expected : magic) {
      if (reader.remaining() == 0 || reader.u8() != expected) {
        throw new ModuleRejection(
            Reason.NOT_WASM,
            0,
            "is not a WebAssembly binary, which starts with the bytes 00 61 73 6d");
      }
    }
    int version = reader.u8() | reader.u8() << 8;
    int layer = reader.u8() | reader.u8() << 8;
    if (layer == 1) {
      throw new ModuleRejection(
          Reason.UNSUPPORTED_VERSION,
          4,
          "is a component; Mooring runs core modules: build for wasm32-wasip1 or wasm32-unknown-unknown");
    }
    if (version != 1 || layer != 0) {
      throw new ModuleRejection(
          Reason.UNSUPPORTED_VERSION,
          4,
          "is WebAssembly binary version "
              + version
              + " (layer "
              + layer
              + "); expected version 1");
    }
  }

  private static String sectionName(int id, int start) {
    if (id < SECTION_NAMES.length) {
      return SECTION_NAMES[id] + " section";
    }
    throw switch (id) {
      case 13 -> Proposals.exceptions(start, "a tag section");
      case 14 ->
          ModuleRejection.proposal(
              start, "a string section", "reference-typed strings (stringref)", "");
      default -> WasmReader.malformed(start, "has a section of the unknown id " + id);
    };
  }

  private void section(int id) {
    switch (id) {
      case 0 -> custom();
      case 1 -> types();
      case 2 -> imports();
      case 3 -> functions();
      case 4 -> store.readTables();
      case 5 -> store.readMemories();
      case 6 -> store.readGlobals();
      case 7 -> exports();
      case 8 -> start();
      case 9 -> segments.readElements();
      case 10 -> code.readSection();
      case 11 -> segments.readData();
      case 12 ->
          draft.declaredData =
              reader.count("data segments", limits.dataSegments(), Reason.TOO_MANY_DATA_SEGMENTS);
      default -> throw new IllegalArgumentException("no section: " + id);
    }
  }

  private void custom() {
    int start = reader.position();
    customBytes += reader.remaining();
    WasmReader.atMost(
        "custom sections",
        draft.customSections.size() + 1L,
        limits.customSections(),
        Reason.TOO_MANY_CUSTOM_SECTIONS,
        start);
    WasmReader.atMost(
        "bytes of custom sections",
        customBytes,
        limits.customBytes(),
        Reason.TOO_MANY_CUSTOM_BYTES,
        start);
    String name = reader.name("a custom section");
    draft.customSections.add(name);
    if (name.equals(ConfigSection.NAME)) {
      config();
    } else if (name.equals(InitialisationSection.NAME)) {
      initialisation();
    } else if (name.equals(NameSection.NAME)) {
      draft.names.read(reader);
    } else {
      reader.skip(reader.remaining(), "custom section");
    }
  }

  private void config() {
    int start = reader.position();
    configBytes += reader.remaining();
    WasmReader.atMost(
        "bytes of config keys",
        configBytes,
        limits.configBytes(),
        Reason.TOO_MANY_CONFIG_BYTES,
        start);
    String text =
        reader.utf8(reader.remaining(), Reason.BAD_CONFIG_SECTION, "the section mooring.config");
    Map<String, String> keys = draft.configKeys;
    if (keys == null) {
      keys = new LinkedHashMap<>();
      draft.configKeys = keys;
    }
    ConfigSection.parse(text, start, keys);
  }

  private void initialisation() {
    int start = reader.position();
    String text =
        reader.utf8(
            reader.remaining(),
            Reason.BAD_INITIALISATION_SECTION,
            "the section " + InitialisationSection.NAME);
    InitialisationSection.parse(text, start, draft.fixedInputs);
  }

  private void types() {
    int count = reader.count("types", limits.types(), Reason.TOO_MANY_TYPES);
    for (int i = 0; i < count; i++) {
      int start = reader.position();
      int form = reader.u8();
      switch (form) {
        case 0x60 -> draft.types.add(functionType());
        case 0x4E, 0x4F, 0x50, 0x5E, 0x5F ->
            throw Proposals.gc(start, "the type form 0x" + Integer.toHexString(form));
        case 0x5D -> throw Proposals.stackSwitching(start, "a continuation type");
        default ->
            throw WasmReader.malformed(
                start,
                "has 0x" + Integer.toHexString(form) + " where a function type was expected");
      }
    }
  }

  private Signature functionType() {
    var params = parameters();
    var results =
        valueTypes(reader.count("results", limits.resultsPerType(), Reason.TOO_MANY_RESULTS));
    return new Signature(params, results);
  }

  private List<ValueType> parameters() {
    int start = reader.position();
    int cap = limits.paramSlotsPerType();
    List<ValueType> types =
        valueTypes(reader.count("parameters in a type", cap, Reason.TOO_MANY_PARAMETERS));
    int slots = 0;
    for (ValueType type : types) {
      slots += type.slots();
    }
    WasmReader.atMost(
        "slots for the parameters of a type, of which an i64 or f64 takes two",
        slots,
        cap,
        Reason.TOO_MANY_PARAMETERS,
        start);
    return types;
  }

  private List<ValueType> valueTypes(int count) {
    var list = new ArrayList<ValueType>(count);
    for (int i = 0; i < count; i++) {
      list.add(types.valueType());
    }
    return list;
  }

  private void imports() {
    int count = reader.count("imports", limits.imports(), Reason.TOO_MANY_IMPORTS);
    for (int i = 0; i < count; i++) {
      int start = reader.position();
      String module = reader.name("an import's module");
      String name = reader.name("an import");
      int kind = reader.u8();
      if (kind != 0) {
        throw ImportCheck.notAFunction(module, name, kind, start);
      }
      Signature signature = type();
      HostImport offered = ImportCheck.require(module, name, signature, start);
      draft.imports.add(new ImportedFunction(offered.module(), offered.name(), signature));
      draft.functions.add(signature);
    }
  }

  private Signature type() {
    return draft.types.get(reader.index("type", draft.types.size()));
  }

  private void functions() {
    int count = reader.count("functions", limits.functions(), Reason.TOO_MANY_FUNCTIONS);
    for (int i = 0; i < count; i++) {
      draft.functions.add(type());
    }
  }

  private void exports() {
    int count = reader.count("exports", limits.exports(), Reason.TOO_MANY_EXPORTS);
    var names = new HashSet<String>();
    long told = 0;
    for (int i = 0; i < count; i++) {
      int start = reader.position();
      String name = reader.name("an export");
      if (!names.add(name)) {
        throw WasmReader.invalid(start, "exports '" + name + "' twice");
      }
      Export export = export(name);
      draft.exports.add(export);
      told += name.getBytes(StandardCharsets.UTF_8).length + signatureBytes(export);
      WasmReader.atMost(
          "bytes in the names and types of its exports",
          told,
          limits.exportBytes(),
          Reason.TOO_MANY_EXPORT_BYTES,
          start);
    }
  }

  /** How many values go in and out. */
  private int signatureBytes(Export export) {
    if (export.kind() != ExportKind.FUNCTION) {
      return 0;
    }
    Signature signature = draft.functions.get(export.index());
    return signature.params().size() + signature.results().size();
  }

  private Export export(String name) {
    int start = reader.position();
    int kind = reader.u8();
    return switch (kind) {
      case 0 -> {
        int index = reader.index("function", draft.functions.size());
        draft.referable.set(index);
        yield new Export(name, ExportKind.FUNCTION, index);
      }
      case 1 -> new Export(name, ExportKind.TABLE, reader.index("table", draft.tables.size()));
      case 2 ->
          new Export(name, ExportKind.MEMORY, reader.index("memory", draft.memory == null ? 0 : 1));
      case 3 -> new Export(name, ExportKind.GLOBAL, reader.index("global", draft.globals.size()));
      case 4 -> throw Proposals.exceptions(start, "an exported tag");
      default -> throw WasmReader.malformed(start, "has an export of the unknown kind " + kind);
    };
  }

  private void start() {
    int start = reader.position();
    int index = reader.index("function", draft.functions.size());
    Signature signature = draft.functions.get(index);
    if (!signature.equals(Signature.NOTHING)) {
      throw WasmReader.invalid(
          start, "has a start function of type " + signature + "; expected " + Signature.NOTHING);
    }
    draft.startFunction = index;
  }
}
