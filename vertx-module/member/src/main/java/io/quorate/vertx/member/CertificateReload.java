package io.quorate.vertx.member;

import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * Reads the certificate and key files periodically; when their content has changed, new connections
 * use the new content. While the files cannot be used, for example because the key that belongs to
 * a new certificate has not been written yet, the previous content stays in use.
 */
final class CertificateReload {
  private static final Logger LOG = Logger.getLogger(CertificateReload.class);
  private static final long CHECK_INTERVAL_MILLIS = 2_000;

  private final Vertx vertx;
  private final Callable<TlsMaterial> files;
  private final Function<TlsMaterial, Future<?>> onChange;
  private TlsMaterial used;
  private String lastWarning = "";
  private volatile boolean ended;

  /**
   * @param vertx its worker threads read the files, until it is closed
   * @param files reads and checks the files
   * @param onChange called with changed content; completes once new connections use it
   */
  CertificateReload(
      Vertx vertx,
      Callable<TlsMaterial> files,
      TlsMaterial used,
      Function<TlsMaterial, Future<?>> onChange) {
    this.vertx = vertx;
    this.files = files;
    this.used = used;
    this.onChange = onChange;
  }

  void begin() {
    scheduleNextCheck();
  }

  void end() {
    ended = true;
  }

  /** Schedules the next check only after the current one has ended. */
  private void scheduleNextCheck() {
    if (ended) {
      return;
    }
    vertx.setTimer(CHECK_INTERVAL_MILLIS, timer -> check().onComplete(done -> scheduleNextCheck()));
  }

  private Future<?> check() {
    return vertx
        .executeBlocking(files)
        .compose(found -> found.equals(used) ? Future.succeededFuture() : changeTo(found))
        .onSuccess(done -> lastWarning = "")
        .onFailure(this::warnOnce);
  }

  private Future<?> changeTo(TlsMaterial found) {
    return onChange
        .apply(found)
        .onSuccess(
            done -> {
              used = found;
              LOG.info("the files for TLS have changed: new connections use what they hold now");
            });
  }

  private void warnOnce(Throwable e) {
    String what = String.valueOf(e.getMessage());
    if (!what.equals(lastWarning)) {
      lastWarning = what;
      LOG.warn(
          "the files for TLS have changed and cannot be used, so the former ones are: {}", what);
    }
  }
}
