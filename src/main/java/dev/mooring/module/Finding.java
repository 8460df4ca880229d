package dev.mooring.module;

import dev.mooring.guest.GuestModule;
import dev.mooring.session.ModuleSource.Answer;
import dev.mooring.session.Problem;
import dev.mooring.session.SessionLimits;

/** What came of looking for a module. */
sealed interface Finding {
  /** It is there. */
  record Found(GuestModule module, SessionLimits limits) implements Finding {}

  /** It isn't, or may not run. */
  record Missing(Problem problem) implements Finding {}

  /** Tells it to whoever asked. */
  default void tell(Answer answer) {
    switch (this) {
      case Found(GuestModule module, SessionLimits limits) -> answer.found(module, limits);
      case Missing(Problem problem) -> answer.notFound(problem);
    }
  }
}
