package dev.mooring.guest;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/** A guest's state in words that can be compared, and random ways to change one. */
final class States {
  private States() {}

  /** Everything that the state is: memory by the page, globals, tables, dropped segments. */
  static String text(StoreImage state) {
    var text = new StringBuilder();
    text.append("pages ").append(state.memory().sizePages());
    for (int i = 0; i < state.memory().pageCount(); i++) {
      byte[] page = state.memory().page(i);
      if (!Arrays.equals(page, new byte[page.length])) {
        var crc = new CRC32();
        crc.update(page);
        text.append(' ').append(i).append(':').append(Long.toHexString(crc.getValue()));
      }
    }
    return text.append("\nglobals ")
        .append(Arrays.toString(state.globals()))
        .append("\ntables ")
        .append(Arrays.deepToString(state.tables()))
        .append("\ndropped ")
        .append(Arrays.toString(state.droppedSegments()))
        .toString();
  }

  /** A call of the guest {@code state_all}: the function, then its arguments. */
  static String[] randomChange(Random random) {
    int slot = random.nextInt(6) - 1;
    return switch (random.nextInt(14)) {
      case 0, 1 -> new String[] {"set", Long.toString(random.nextLong())};
      case 2 -> new String[] {"set_ref", Integer.toString(slot)};
      case 3 -> new String[] {"call_ref"};
      case 4, 5 ->
          new String[] {"put", Integer.toString(slot), Integer.toString(random.nextInt(5))};
      case 6 -> new String[] {"call", Integer.toString(slot)};
      case 7 -> new String[] {"extern_null"};
      case 8 -> new String[] {"grow", Integer.toString(random.nextInt(3))};
      case 9 -> new String[] {"table_grow", Integer.toString(random.nextInt(3))};
      case 10 -> new String[] {"init"};
      case 11 -> new String[] {random.nextInt(8) == 0 ? "drop_data" : "pages"};
      case 12 -> new String[] {random.nextInt(8) == 0 ? "drop_elem" : "entries"};
      default -> new String[] {"numbers"};
    };
  }

  static long[] arguments(String[] call) {
    long[] arguments = new long[call.length - 1];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = Long.parseLong(call[i + 1]);
    }
    return arguments;
  }
}
