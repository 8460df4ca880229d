package dev.mooring.guest.random;

import static dev.mooring.guest.intake.WasmBuilder.EXTERNREF;
import static dev.mooring.guest.intake.WasmBuilder.F32;
import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;

import dev.mooring.guest.intake.Body;
import dev.mooring.guest.intake.WasmBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A module at random: what its functions can name, and then the functions, each a {@link
 * RandomFunction}.
 *
 * <p>It ends whatever is called: a global, {@link #FUEL}, is counted down at the head of each loop
 * and function, which give up when it is used up. Nor does it go deep: another, {@link #DEPTH},
 * counts the calls that haven't returned, but for those that go to an <i>ordered</i> function.
 * Ordered functions directly call only ordered ones that come after them, of which there are few.
 */
public final class RandomModule {
  /** The export that says how much fuel is left; its parameter is an i32. */
  public static final String REFUEL = "refuel";

  /** The export that runs once, if there is one. */
  public static final String INITIALIZE = "_initialize";

  /** The global that is counted down. */
  static final int FUEL = 0;

  /** The global that says how many calls haven't returned. */
  static final int DEPTH = 1;

  private static final int FIRST_FUEL = 400;

  /** Block types: index 64 begins like a value type, and those before 128 are refused. */
  private static final int SHORT_TYPES = 64;

  private static final int CLEAR_TYPES = 128;

  /** Functions of a type from which on the engine calls them through tables in another way. */
  private static final int CROWD = 1_030;

  private static final int[] NUMBERS = {I32, I32, I32, I64, I64, F32, F64};
  private static final int NULL = -1;

  /**
   * @param entries function indices at the start
   * @param stable whether no function changes it
   */
  record Table(int type, int initial, int maximum, List<Integer> entries, boolean stable) {}

  record Global(int type, boolean mutable) {}

  /**
   * @param type of elements
   * @param droppable whether some function may drop it
   */
  record Segment(int index, int type, int length, boolean droppable) {}

  /** How likely it is that what may trap is written so that it may. */
  final double risk;

  final int pages;
  final List<Global> globals = new ArrayList<>();
  final List<Table> tables = new ArrayList<>();
  final List<Segment> data = new ArrayList<>();
  final List<Segment> elements = new ArrayList<>();

  private final Dice dice;
  private final boolean forInterpreter;
  private final WasmBuilder wasm = new WasmBuilder();
  private final List<Signature> types = new ArrayList<>();
  private final List<Signature> functions = new ArrayList<>();
  private final List<Boolean> ordered = new ArrayList<>();
  private Detours detours = new Detours(0);
  private int named;
  private boolean initialized;

  private RandomModule(long seed, boolean forInterpreter) {
    this.dice = new Dice(seed);
    this.forInterpreter = forInterpreter;
    this.risk = dice.of(0, 0, 0, 1, 4, 20) / 1_000.0;
    this.pages = dice.of(1, 1, 1, 2, 3);
  }

  /** The module of a seed. */
  public static byte[] write(long seed) {
    return new RandomModule(seed, false).write();
  }

  /**
   * The module of a seed in other words, which Chicory 1.7.5's interpreter understands: see {@link
   * Blocks} and {@link Detours}.
   */
  public static byte[] writeForInterpreter(long seed) {
    return new RandomModule(seed, true).write();
  }

  private byte[] write() {
    if (dice.percent(10)) {
      for (int i = 0; i < CLEAR_TYPES; i++) {
        addType(i % 2 == 0 ? Signature.NOTHING : new Signature(List.of(I64), List.of()));
      }
    }
    chooseFunctions();
    chooseStore();
    detours = new Detours(functions.size() + 1);
    for (int i = 0; i < functions.size(); i++) {
      Dice own = dice.split();
      if (i < named) {
        addFunction(functions.get(i), RandomFunction.write(this, i, own));
      } else {
        addFunction(functions.get(i), crowded(i));
      }
    }
    var refuel = new Body().op(0x20, 0).op(0x24, FUEL).i32(0).op(0x24, DEPTH);
    addFunction(new Signature(List.of(I32), List.of()), join(bytes(0), refuel.bytes()));
    export(REFUEL, functions.size());
    detours.writeTo((signature, code) -> addFunction(signature, join(bytes(0), code)));
    return wasm.build();
  }

  // Types and functions.

  private int addType(Signature signature) {
    types.add(signature);
    return wasm.type(Signature.bytes(signature.params()), Signature.bytes(signature.results()));
  }

  private Signature chooseSignature(boolean ofNumbers) {
    int most = dice.percent(5) ? 24 : 5;
    var signature =
        new Signature(
            chooseTypes(dice.below(most + 1), ofNumbers),
            chooseTypes(dice.of(0, 0, 1, 1, 1, 1, 2, 2, 3, 6), ofNumbers));
    return signature;
  }

  List<Integer> chooseTypes(int count, boolean ofNumbers) {
    var chosen = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      chosen.add(chooseType(dice, ofNumbers));
    }
    return chosen;
  }

  static int chooseType(Dice dice, boolean ofNumbers) {
    return ofNumbers || dice.percent(90) ? dice.of(NUMBERS) : dice.of(FUNCREF, EXTERNREF);
  }

  private void chooseFunctions() {
    int signatures = dice.within(2, 6);
    var pool = new ArrayList<Signature>();
    for (int i = 0; i < signatures; i++) {
      pool.add(chooseSignature(i == 0 || dice.percent(60)));
      addType(pool.getLast());
    }
    named = dice.within(3, 11);
    for (int i = 0; i < named; i++) {
      functions.add(i < 2 ? pool.getFirst() : dice.of(pool));
    }
    initialized = dice.percent(25);
    if (initialized) {
      functions.set(named - 1, Signature.NOTHING);
      export(INITIALIZE, named - 1);
    }
    for (int i = 0; i < named; i++) {
      ordered.add(dice.percent(40));
      if (functions.get(i).isOfNumbers() && (i < 2 || dice.percent(50))) {
        export("f" + i, i);
      }
    }
    if (dice.percent(1)) {
      var many = new Signature(List.of(I64, F64, I32), List.of(I64));
      for (int i = 0; i < CROWD; i++) {
        functions.add(many);
        ordered.add(true);
      }
    }
  }

  private byte[] crowded(int index) {
    var code = new Body().op(0x20, 0).op(0x20, 2).op(0xAC).op(0x7C).i64(index).op(0x7C);
    return join(bytes(0), code.op(0x20, 1).op(0xBD).op(0x85).bytes());
  }

  private void export(String name, int function) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    wasm.add(7, join(leb(utf8.length), utf8, bytes(0), leb(function)));
  }

  /** Adds a function of locals and code, but for the last {@code end}. */
  private void addFunction(Signature signature, byte[] localsAndCode) {
    wasm.add(3, leb(typeOf(signature, dice)));
    byte[] whole = join(localsAndCode, bytes(0x0B));
    wasm.add(10, join(leb(whole.length), whole));
  }

  int functionCount() {
    return functions.size();
  }

  Signature signature(int function) {
    return functions.get(function);
  }

  boolean isOrdered(int function) {
    return ordered.get(function);
  }

  /** The index of a type that is equal, which is added if there is none. */
  int typeOf(Signature signature, Dice chooser) {
    var equal = new ArrayList<Integer>();
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i).equals(signature)) {
        equal.add(i);
      }
    }
    return equal.isEmpty() ? addType(signature) : chooser.of(equal);
  }

  /** The type's index for a block; negative if there is none that engines agree on. */
  int blockTypeOf(Signature signature) {
    int type = types.indexOf(signature);
    if (type < 0 && (types.size() < SHORT_TYPES || types.size() >= CLEAR_TYPES)) {
      type = addType(signature);
    }
    return type < SHORT_TYPES || type >= CLEAR_TYPES ? type : lastTypeOf(signature);
  }

  private int lastTypeOf(Signature signature) {
    int type = types.lastIndexOf(signature);
    return type < CLEAR_TYPES ? NULL : type;
  }

  /** A signature that some function has, or any. */
  Signature anySignature(Dice chooser) {
    return chooser.percent(90) ? chooser.of(functions) : chooser.of(types);
  }

  boolean isForInterpreter() {
    return forInterpreter;
  }

  /** The functions that stand for instructions, if this is for the interpreter. */
  Detours detours() {
    return detours;
  }

  // Memory, globals, tables and their segments.

  private void chooseStore() {
    wasm.add(5, join(bytes(1), leb(pages), leb(pages + dice.of(0, 1, 2, 4))));
    addGlobal(I32, true, new Body().i32(FIRST_FUEL));
    addGlobal(I32, true, new Body().i32(0));
    for (int type : new int[] {I32, I32, I64, I64, F32, F64, FUNCREF, EXTERNREF}) {
      int count = dice.within(1, 2);
      for (int i = 0; i < count; i++) {
        addGlobal(type, dice.percent(75), constant(type));
      }
    }
    addTable(FUNCREF, dice.percent(60));
    if (dice.percent(50)) {
      addTable(FUNCREF, false);
    }
    if (dice.percent(40)) {
      addTable(EXTERNREF, false);
    }
    chooseElements();
    chooseData();
  }

  private void addGlobal(int type, boolean mutable, Body value) {
    globals.add(new Global(type, mutable));
    wasm.global(type, mutable ? 1 : 0, join(value.bytes(), bytes(0x0B)));
  }

  /** A constant expression. */
  private Body constant(int type) {
    return switch (type) {
      case I32 -> new Body().i32((int) dice.bits());
      case I64 -> new Body().i64(dice.bits());
      case F32 -> new Body().f32(Constants.f32(dice));
      case F64 -> new Body().f64(Constants.f64(dice));
      case FUNCREF -> dice.percent(50) ? reference(dice.below(functions.size())) : reference(NULL);
      default -> new Body().op(0xD0, type);
    };
  }

  private static Body reference(int function) {
    return function == NULL ? new Body().op(0xD0, FUNCREF) : new Body().op(0xD2, function);
  }

  private void addTable(int type, boolean stable) {
    int initial = dice.within(2, 20);
    int maximum = initial + dice.below(12);
    var entries = new ArrayList<Integer>();
    for (int i = 0; i < initial; i++) {
      entries.add(NULL);
    }
    tables.add(new Table(type, initial, maximum, entries, stable));
    wasm.add(4, join(bytes(type, 1), leb(initial), leb(maximum)));
  }

  private void chooseElements() {
    for (int i = 0; i < tables.size(); i++) {
      if (tables.get(i).type() == FUNCREF) {
        addActive(i);
      }
    }
    int passive = dice.below(4);
    for (int i = 0; i < passive; i++) {
      addPassive(dice.percent(80) ? FUNCREF : EXTERNREF);
    }
    byte[][] all = new byte[functions.size()][];
    for (int i = 0; i < all.length; i++) {
      all[i] = leb(i);
    }
    wasm.add(9, join(bytes(3, 0), leb(all.length), join(all))); // So that each may be referred to.
    elements.add(new Segment(elements.size(), 0, 0, false));
  }

  private void addActive(int table) {
    List<Integer> entries = tables.get(table).entries();
    int offset = dice.below(3);
    int count = Math.max(0, entries.size() - offset - dice.below(4));
    boolean expressions = dice.percent(50);
    byte[][] written = new byte[count][];
    for (int i = 0; i < count; i++) {
      boolean none = expressions && dice.percent(15);
      int function = none ? NULL : dice.below(functions.size());
      entries.set(offset + i, function);
      written[i] = expressions ? join(reference(function).bytes(), bytes(0x0B)) : leb(function);
    }
    byte[] at = bytes(0x41, offset, 0x0B);
    byte[] head =
        table == 0
            ? join(bytes(expressions ? 4 : 0), at)
            : join(bytes(expressions ? 6 : 2, table), at, bytes(expressions ? FUNCREF : 0));
    wasm.add(9, join(head, leb(count), join(written)));
    elements.add(new Segment(elements.size(), 0, 0, false));
  }

  private void addPassive(int type) {
    int count = dice.within(1, 8);
    boolean expressions = type == EXTERNREF || dice.percent(50);
    byte[][] written = new byte[count][];
    for (int i = 0; i < count; i++) {
      int function = dice.below(functions.size());
      written[i] =
          !expressions
              ? leb(function)
              : type == EXTERNREF
                  ? bytes(0xD0, EXTERNREF, 0x0B)
                  : join(reference(dice.percent(20) ? NULL : function).bytes(), bytes(0x0B));
    }
    byte[] head = expressions ? bytes(5, type) : bytes(1, 0);
    wasm.add(9, join(head, leb(count), join(written)));
    elements.add(new Segment(elements.size(), type, count, dice.percent(50)));
  }

  private void chooseData() {
    int count = dice.below(6);
    for (int i = 0; i < count; i++) {
      int length = dice.percent(50) ? dice.within(1, 40) : dice.within(1, 3_000);
      byte[] content = new byte[length];
      for (int j = 0; j < length; j++) {
        content[j] = (byte) dice.bits();
      }
      if (dice.percent(20)) {
        Arrays.fill(content, (byte) 0);
      }
      boolean passive = dice.percent(50);
      if (passive) {
        data.add(new Segment(i, 0, length, dice.percent(50)));
        wasm.add(11, join(bytes(1), leb(length), content));
      } else {
        int offset = dice.below(pages * 65_536 - length);
        byte[] at = join(new Body().i32(offset).bytes(), bytes(0x0B));
        wasm.add(11, join(bytes(0), at, leb(length), content));
      }
    }
    wasm.add(12, leb(count));
  }
}
