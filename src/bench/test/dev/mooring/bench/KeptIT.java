package dev.mooring.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That what is measured of kept sessions is of sessions that are there. */
@Timeout(120)
final class KeptIT {
  private static final Placement ANYWHERE = new Placement("anywhere", "", "", 1, 1);

  @TempDir private Path folder = Path.of("");

  private ServerProcess start() throws IOException, InterruptedException {
    return ServerProcess.start(
        Setting.ofProcess(), ANYWHERE, List.of(Kept.GUEST), folder.resolve("store"), List.of());
  }

  @Test
  void copies_serverThatStartsWithThem_knowsThem() throws Exception {
    Kept original;
    try (ServerProcess server = start();
        var loop = new LoadLoop(server.port())) {
      StoreIo before = StoreIo.of(server);
      original = Kept.make(loop, Durability.DISK, 41).resume(loop).kept();
      StoreIo since = StoreIo.of(server).since(before);
      assertTrue(since.writes() > 0, since.toString());
      assertTrue(since.bytes() > 100, since.toString());
    }
    var clones = new StoreClones(original);
    clones.write(folder.resolve("store"), 3);

    try (ServerProcess server = start();
        var loop = new LoadLoop(server.port())) {
      for (int i = 0; i < 3; i++) {
        Kept resumed = clones.get(i).resume(loop).kept();
        assertEquals(clones.get(i).id(), resumed.id());
        assertEquals(41, resumed.sum());
      }
      original.resume(loop);
      var madeUp = new Kept(original.id(), ByteString.copyFrom(new byte[] {1, 2, 3}), 0, 41);
      assertThrows(IOException.class, () -> madeUp.resume(loop));
    }
  }
}
