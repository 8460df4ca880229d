package dev.mooring.guest.intake;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes modules, right or wrong: what is added is written, in the order of sections, without a
 * check.
 */
public final class WasmBuilder {
  public static final int I32 = 0x7F;
  public static final int I64 = 0x7E;
  public static final int F32 = 0x7D;
  public static final int F64 = 0x7C;
  public static final int FUNCREF = 0x70;
  public static final int EXTERNREF = 0x6F;

  private static final int[] ORDER = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11};
  private static final byte[] HEADER = {0, 'a', 's', 'm', 1, 0, 0, 0};

  private final Map<Integer, List<byte[]>> entries = new TreeMap<>();
  private final ByteArrayOutputStream before = new ByteArrayOutputStream();
  private final ByteArrayOutputStream after = new ByteArrayOutputStream();

  /** Bytes as they are. */
  public static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  public static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] repeat(int times, byte[] part) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  public static byte[] leb(long value) {
    var out = new ByteArrayOutputStream();
    long rest = value;
    do {
      int b = (int) (rest & 0x7F);
      rest >>>= 7;
      out.write(rest == 0 ? b : b | 0x80);
    } while (rest != 0);
    return out.toByteArray();
  }

  static byte[] name(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return join(leb(utf8.length), utf8);
  }

  /** A number of things, then the things. */
  static byte[] vector(byte[]... things) {
    return join(leb(things.length), join(things));
  }

  static byte[] section(int id, byte[] content) {
    return join(bytes(id), leb(content.length), content);
  }

  /** An expression that is one {@code i32.const} of less than 64. */
  static byte[] constant(int value) {
    return bytes(0x41, value, 0x0B);
  }

  /** Adds one entry to a section that is a list; returns the entry's place in it. */
  public int add(int section, byte[] entry) {
    List<byte[]> list = entries.computeIfAbsent(section, id -> new ArrayList<>());
    list.add(entry);
    return list.size() - 1;
  }

  public int type(byte[] params, byte[] results) {
    return add(1, join(bytes(0x60), leb(params.length), params, leb(results.length), results));
  }

  WasmBuilder importFunction(String module, String name, int type) {
    add(2, join(name(module), name(name), bytes(0), leb(type)));
    return this;
  }

  /**
   * A function without locals; the body's last {@code end} is added. Returns its place among those
   * defined.
   */
  public int function(int type, int... body) {
    return function(type, bytes(0), bytes(body));
  }

  int function(int type, byte[] locals, byte[] body) {
    add(3, leb(type));
    byte[] code = join(locals, body, bytes(0x0B));
    return add(10, join(leb(code.length), code));
  }

  WasmBuilder export(String name, int kind, int index) {
    add(7, join(name(name), bytes(kind), leb(index)));
    return this;
  }

  public WasmBuilder memory(int initialPages) {
    add(5, join(bytes(0), leb(initialPages)));
    return this;
  }

  public WasmBuilder table(int type, int initial) {
    add(4, join(bytes(type, 0), leb(initial)));
    return this;
  }

  public WasmBuilder global(int type, int mutable, byte[] value) {
    add(6, join(bytes(type, mutable), value));
    return this;
  }

  WasmBuilder custom(String name, byte[] content) {
    after.writeBytes(section(0, join(name(name), content)));
    return this;
  }

  /** Puts bytes before the first section. */
  WasmBuilder first(byte[] bytes) {
    before.writeBytes(bytes);
    return this;
  }

  /** Puts bytes after the last section. */
  WasmBuilder last(byte[] bytes) {
    after.writeBytes(bytes);
    return this;
  }

  /** The start and data count sections hold one number instead of a list. */
  WasmBuilder number(int section, int value) {
    entries.put(section, List.of(leb(value)));
    return this;
  }

  public byte[] build() {
    var out = new ByteArrayOutputStream();
    out.writeBytes(HEADER);
    out.writeBytes(before.toByteArray());
    for (int id : ORDER) {
      List<byte[]> list = entries.get(id);
      if (list != null) {
        boolean number = id == 8 || id == 12;
        byte[][] things = list.toArray(new byte[0][]);
        out.writeBytes(section(id, number ? things[0] : vector(things)));
      }
    }
    out.writeBytes(after.toByteArray());
    return out.toByteArray();
  }
}
