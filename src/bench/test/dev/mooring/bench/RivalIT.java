package dev.mooring.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each peer, in a process of its own as it is measured, answers as it must. */
@Timeout(120)
final class RivalIT {
  private static final int LOOPS = 2;

  @ParameterizedTest
  @EnumSource
  void called_eachPeer_answersRightly(Rival rival) throws Exception {
    try (ServerProcess server =
        ServerProcess.start(Setting.ofProcess(), rival, "", LOOPS, AnswerCheck.GUESTS)) {
      AnswerCheck.run(rival, rival.door(), server.port());
      server.checkAlive();
    }
  }

  @Test
  void called_onePretendsToBeAnother_isFound() throws Exception {
    try (ServerProcess server =
        ServerProcess.start(Setting.ofProcess(), Rival.NETTY_ECHO, "", LOOPS, AnswerCheck.GUESTS)) {
      assertThrows(Wrong.class, () -> AnswerCheck.run(Rival.MOORING, Door.TCP, server.port()));
    }
  }
}
