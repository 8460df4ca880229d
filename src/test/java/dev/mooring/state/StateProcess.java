package dev.mooring.state;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.IdleTime;
import dev.mooring.guest.Space;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process of its own for {@link OtherProcessTest}: {@code save} makes calls of every guest and
 * leaves their states in a directory, {@code goOn} takes them up from there and makes more. What
 * the calls gave is beside the states, which are those of spaces at rest.
 */
final class StateProcess {
  static final int CALLS = 60;

  private StateProcess() {}

  public static void main(String[] args) throws Exception {
    String step = args[0];
    Path directory = Path.of(args[1]);
    try (var host = new GuestHost()) {
      for (String guest : GuestHost.all()) {
        GuestModule module = GuestHost.module(guest);
        Path file = directory.resolve(guest + ".state");
        Space space =
            step.equals("save")
                ? host.open(module)
                : host.restore(module, SessionState.fromBytes(Files.readAllBytes(file)));
        String seen = host.randomCalls(module, space, CALLS, new Random(step.hashCode()));
        Files.writeString(directory.resolve(guest + "." + step), seen);
        IdleTime.untilRest(host.loop);
        Files.write(file, space.save().toBytes());
        space.close();
      }
    }
  }
}
