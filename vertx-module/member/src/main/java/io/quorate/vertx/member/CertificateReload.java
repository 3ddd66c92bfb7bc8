package io.quorate.vertx.member;

import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * Looks at the files of certificates and keys from time to time; what they hold then is for the
 * connections that come from then on. Files that cannot be used, such as a certificate whose key
 * has not been written yet, change nothing until they can.
 */
final class CertificateReload {
  private static final Logger LOG = Logger.getLogger(CertificateReload.class);
  private static final long LOOK_MILLIS = 2_000;

  private final Vertx vertx;
  private final Callable<TlsMaterial> files;
  private final Function<TlsMaterial, Future<?>> use;
  private TlsMaterial used;
  private String trouble = "";
  private volatile boolean ended;

  /**
   * @param vertx on whose worker threads files are read, until it is closed
   * @param files reads and checks them
   * @param use what to do with what is new
   */
  CertificateReload(
      Vertx vertx,
      Callable<TlsMaterial> files,
      TlsMaterial used,
      Function<TlsMaterial, Future<?>> use) {
    this.vertx = vertx;
    this.files = files;
    this.used = used;
    this.use = use;
  }

  void begin() {
    lookLater();
  }

  void end() {
    ended = true;
  }

  /** The next look comes after this one has ended. */
  private void lookLater() {
    if (ended) {
      return;
    }
    vertx.setTimer(LOOK_MILLIS, timer -> look().onComplete(done -> lookLater()));
  }

  private Future<?> look() {
    return vertx
        .executeBlocking(files)
        .compose(found -> found.equals(used) ? Future.succeededFuture() : change(found))
        .onSuccess(done -> trouble = "")
        .onFailure(this::warnOnce);
  }

  private Future<?> change(TlsMaterial found) {
    return use.apply(found)
        .onSuccess(
            done -> {
              used = found;
              LOG.info("the files for TLS have changed: new connections use what they hold now");
            });
  }

  private void warnOnce(Throwable e) {
    String what = String.valueOf(e.getMessage());
    if (!what.equals(trouble)) {
      trouble = what;
      LOG.warn(
          "the files for TLS have changed and cannot be used, so the former ones are: {}", what);
    }
  }
}
