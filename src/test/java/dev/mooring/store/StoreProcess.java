package dev.mooring.store;

import dev.mooring.proto.ChildJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of its own that has a store open. {@code hold} says that it has and waits; {@code
 * write} puts a number into two sessions, one higher than the last, again and again, and says each
 * number when that is written.
 */
final class StoreProcess {
  private StoreProcess() {}

  static Process start(String does, Path folder, String... flags) throws IOException {
    var words = new ArrayList<>(List.of(flags));
    words.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            StoreProcess.class.getName(),
            does,
            folder.toString()));
    return new ProcessBuilder(ChildJvm.command(words.toArray(String[]::new)))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  public static void main(String[] arguments) throws Exception {
    try (RocksStore store = RocksStore.open(Path.of(arguments[1]), 1L << 40)) {
      if (arguments[0].equals("hold")) {
        System.out.println("open");
        System.in.read();
        return;
      }
      List<byte[]> last = store.read("a");
      for (int i = last.isEmpty() ? 1 : number(last.getFirst()) + 1; ; i++) {
        var body = new byte[1 + i % 20_000];
        byte[] number = ByteBuffer.allocate(Integer.BYTES + body.length).putInt(i).array();
        store.write(
            List.of(
                SessionStoreContract.put("a", number, number),
                SessionStoreContract.put("b", number, number)),
            false);
        System.out.println(i);
      }
    }
  }

  static int number(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getInt();
  }
}
