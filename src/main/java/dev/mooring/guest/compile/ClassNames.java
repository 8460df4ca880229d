package dev.mooring.guest.compile;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.OpcodeImpl;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.types.Element;
import com.dylibso.chicory.wasm.types.Value;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.GuestTable;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.memory.GuestMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Puts our classes in the place of those of Chicory's run time, wherever a generated class names
 * one: so nothing of Chicory's runs when a guest does.
 *
 * <p>A class file names classes nowhere but in the strings of its constant pool, as whole strings
 * or in descriptors. So those are replaced and all else is copied. Ours have the methods that are
 * left to be called, with the same names and types; a name of Chicory's that is none of these is an
 * error here, and never a guest that runs with half of a machine.
 */
final class ClassNames {
  private static final String CHICORYS = "com/dylibso/chicory/";

  private static final Map<String, String> OURS =
      Map.of(
          internal(Memory.class), internal(GuestMemory.class),
          internal(Instance.class), internal(GuestMachine.class),
          internal(TableInstance.class), internal(GuestTable.class),
          internal(OpcodeImpl.class), internal(NumericOperations.class),
          internal(Value.class), internal(NumericOperations.class),
          // Named by what was left out, and by nothing else.
          internal(Machine.class), internal(Object.class),
          internal(Element.class), internal(Object.class));

  // Tags of the constant pool's entries: JVM specification, table 4.4-A.
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int METHOD_HANDLE = 15;

  private ClassNames() {}

  private static String internal(Class<?> type) {
    return type.getName().replace('.', '/');
  }

  /**
   * The class with our names in it.
   *
   * @throws IllegalStateException if it names a class of Chicory's that we have none for
   */
  static byte[] replace(byte[] classFile) {
    var in = new DataInputStream(new ByteArrayInputStream(classFile));
    var bytes = new ByteArrayOutputStream(classFile.length);
    var out = new DataOutputStream(bytes);
    try {
      copy(in, out, Long.BYTES); // Magic number and version.
      int count = in.readUnsignedShort();
      out.writeShort(count);
      for (int i = 1; i < count; i++) {
        int tag = in.readUnsignedByte();
        out.writeByte(tag);
        if (tag == UTF8) {
          byte[] text = replaceIn(in.readNBytes(in.readUnsignedShort()));
          out.writeShort(text.length);
          out.write(text);
        } else {
          copy(in, out, length(tag));
          i += tag == LONG || tag == DOUBLE ? 1 : 0; // They take two places.
        }
      }
      in.transferTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void copy(DataInputStream in, DataOutputStream out, int length)
      throws IOException {
    out.write(in.readNBytes(length));
  }

  /** How many bytes follow an entry's tag. */
  private static int length(int tag) {
    return switch (tag) {
      case LONG, DOUBLE -> Long.BYTES;
      case METHOD_HANDLE -> 3;
      case 7, 8, 16, 19, 20 -> Short.BYTES; // One index: a class, a string, a type, a module.
      case 3, 4, 9, 10, 11, 12, 17, 18 -> Integer.BYTES; // A number, or two indices.
      default -> throw new IllegalStateException("a constant of the unknown kind " + tag);
    };
  }

  /** The names are ASCII; whatever else is there, this reading and writing leaves as it is. */
  private static byte[] replaceIn(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.ISO_8859_1);
    if (!text.contains(CHICORYS)) {
      return utf8;
    }
    String whole = OURS.get(text);
    String replaced = whole == null ? text : whole;
    for (Map.Entry<String, String> name : OURS.entrySet()) {
      replaced = replaced.replace("L" + name.getKey() + ";", "L" + name.getValue() + ";");
    }
    if (replaced.contains(CHICORYS)) {
      throw new IllegalStateException("the compiler's code names " + text + ", new to us");
    }
    return replaced.getBytes(StandardCharsets.ISO_8859_1);
  }
}
