package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.intake.ModuleSummary.Linked;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class NameSectionTest {
  private static final int FUNCTIONS = 1;
  private static final int GLOBALS = 7;
  private static final int I32 = 0x7F;
  private static final int F32 = 0x7D;
  private static final Linked NOTHING = new Linked(-1, false);

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** All of it shorter than 128 bytes. */
  private static byte[] sized(byte[]... parts) {
    var joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    var sized = new ByteArrayOutputStream();
    sized.write(joined.size());
    sized.writeBytes(joined.toByteArray());
    return sized.toByteArray();
  }

  private static byte[] text(String text) {
    return sized(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A part that names one thing. */
  private static byte[] part(int kind, int index, String name) {
    byte[] body = sized(bytes(1, index), text(name));
    byte[] part = new byte[body.length + 1];
    part[0] = (byte) kind;
    System.arraycopy(body, 0, part, 1, body.length);
    return part;
  }

  /** What is told of a module of one global with this name section. */
  private static Linked linked(int type, int mutable, byte[]... parts) {
    var module = new ByteArrayOutputStream();
    module.writeBytes(bytes(0, 'a', 's', 'm', 1, 0, 0, 0));
    byte[] zero = type == I32 ? bytes(0x41, 0, 0x0B) : bytes(0x43, 0, 0, 0, 0, 0x0B);
    module.write(6);
    module.writeBytes(sized(bytes(1, type, mutable), zero));
    byte[][] section = new byte[parts.length + 1][];
    section[0] = text("name");
    System.arraycopy(parts, 0, section, 1, parts.length);
    module.write(0);
    module.writeBytes(sized(section));
    return Intake.examine(module.toByteArray(), IntakeLimits.DEFAULTS).linked();
  }

  @Test
  void names_ofALinker_areFound() {
    assertEquals(new Linked(0, false), linked(I32, 1, part(GLOBALS, 0, "__stack_pointer")));
    assertEquals(
        new Linked(0, true),
        linked(
            I32,
            1,
            part(0, 0, "module"),
            part(FUNCTIONS, 3, "add.command_export"),
            part(GLOBALS, 0, "__stack_pointer")));
  }

  @Test
  void names_ofOtherThings_tellNothing() {
    assertEquals(NOTHING, linked(I32, 1, part(GLOBALS, 0, "stack_pointer")));
    assertEquals(NOTHING, linked(I32, 1, part(FUNCTIONS, 0, "__stack_pointer")));
    assertEquals(NOTHING, linked(I32, 1, part(GLOBALS, 0, "x.command_export")));
    assertEquals(NOTHING, linked(I32, 1, part(FUNCTIONS, 0, "command_export")));
  }

  @Test
  void stackPointer_noSuchGlobalOrNoneThatCouldBe_isUnknown() {
    assertEquals(NOTHING, linked(I32, 1, part(GLOBALS, 1, "__stack_pointer")));
    assertEquals(NOTHING, linked(I32, 0, part(GLOBALS, 0, "__stack_pointer")));
    assertEquals(NOTHING, linked(F32, 1, part(GLOBALS, 0, "__stack_pointer")));
  }

  @Test
  void section_damaged_refusesNothing() {
    byte[] good = part(GLOBALS, 0, "__stack_pointer");
    for (int length = 0; length < good.length; length++) {
      assertEquals(NOTHING, linked(I32, 1, Arrays.copyOf(good, length)));
    }
    for (int at = 0; at < good.length; at++) {
      byte[] damaged = good.clone();
      damaged[at] = (byte) 0xFF;
      assertEquals(NOTHING, linked(I32, 1, damaged), "byte " + at);
    }
  }

  @Test
  void section_damagedAtItsEnd_tellsWhatCameBefore() {
    assertEquals(
        new Linked(0, false),
        linked(I32, 1, part(GLOBALS, 0, "__stack_pointer"), bytes(FUNCTIONS, 0x7F)));
  }
}
