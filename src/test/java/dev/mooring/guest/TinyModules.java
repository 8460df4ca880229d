package dev.mooring.guest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Consumer;

/** Modules of a few instructions, for what no committed guest does. */
final class TinyModules {
  private TinyModules() {}

  /** Exports {@code f}: i64 parameters, of which the last come back, the last one first. */
  static byte[] manyParameters(int parameters, int results) {
    var module = new ByteArrayOutputStream();
    module.writeBytes(HexFormat.of().parseHex("0061736d01000000"));
    section(
        module,
        1,
        types -> {
          types.write(1);
          types.write(0x60);
          number(types, parameters);
          types.writeBytes("~".repeat(parameters).getBytes(StandardCharsets.US_ASCII));
          number(types, results);
          types.writeBytes("~".repeat(results).getBytes(StandardCharsets.US_ASCII));
        });
    section(module, 3, functions -> functions.writeBytes(new byte[] {1, 0}));
    section(module, 7, exports -> exports.writeBytes(new byte[] {1, 1, 'f', 0, 0}));
    section(
        module,
        10,
        code -> {
          var body = new ByteArrayOutputStream();
          body.write(0);
          for (int i = 0; i < results; i++) {
            body.write(0x20);
            number(body, parameters - 1 - i);
          }
          body.write(0x0B);
          code.write(1);
          number(code, body.size());
          code.writeBytes(body.toByteArray());
        });
    return module.toByteArray();
  }

  /**
   * Changes a table in no other way than by table.init: {@code init()} fills slot 2 of the second
   * table from the only segment, {@code null() -> i32} tells whether it is null.
   */
  static byte[] tableInit() {
    return HexFormat.of()
        .parseHex(
            "0061736d010000000108026000017f600000030403000100040802700001"
                + "70010408070f0204696e69740001046e756c6c0002090501010001000a1b"
                + "03040041010b0c00410241004101fc0c00010b070041022501d10b");
  }

  /** So many functions, of which each ends with a call of the next; exports none. */
  static byte[] tailCalls(int functions) {
    var module = new ByteArrayOutputStream();
    module.writeBytes(HexFormat.of().parseHex("0061736d01000000"));
    section(module, 1, types -> types.writeBytes(new byte[] {1, 0x60, 0, 0}));
    section(
        module,
        3,
        indices -> {
          number(indices, functions);
          indices.writeBytes(new byte[functions]);
        });
    section(
        module,
        10,
        code -> {
          number(code, functions);
          for (int i = 0; i < functions; i++) {
            var body = new ByteArrayOutputStream();
            body.writeBytes(new byte[] {0, 0x12});
            number(body, (i + 1) % functions);
            body.write(0x0B);
            number(code, body.size());
            code.writeBytes(body.toByteArray());
          }
        });
    return module.toByteArray();
  }

  private static void section(
      ByteArrayOutputStream module, int id, Consumer<ByteArrayOutputStream> writer) {
    var section = new ByteArrayOutputStream();
    writer.accept(section);
    module.write(id);
    number(module, section.size());
    module.writeBytes(section.toByteArray());
  }

  private static void number(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest >= 0x80) {
      out.write((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
