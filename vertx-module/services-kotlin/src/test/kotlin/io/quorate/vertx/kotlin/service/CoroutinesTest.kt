package io.quorate.vertx.kotlin.service

import io.quorate.vertx.testing.member.OneMember
import io.quorate.vertx.client.QuorateClient
import io.quorate.vertx.service.Compare
import io.quorate.vertx.service.CompareResult
import io.quorate.vertx.service.CompareTarget
import io.quorate.vertx.service.QuorateServices
import io.quorate.vertx.service.ServiceFailure
import io.quorate.vertx.service.server.QuorateServicesBinder
import io.vertx.core.Vertx
import io.vertx.kotlin.coroutines.coAwait
import io.vertx.serviceproxy.ServiceException
import java.nio.file.Path
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** Requests are built by functions, answers are awaited; with a member in this process. */
@Timeout(120)
class CoroutinesTest {
  @Test
  fun requestsAreBuiltByFunctionsAndAnswersAwaited(@TempDir dataDir: Path) {
    OneMember(dataDir).use { member ->
      val vertx = Vertx.vertx()
      val client = QuorateClient.over(vertx, member.server().client(vertx))
      runBlocking {
        val registration =
          QuorateServicesBinder.bind(client, quorateServicesOptionsOf(maxWatches = 1)).coAwait()
        ask(QuorateServices.of(vertx))
        registration.close().coAwait()
        client.close().coAwait()
        vertx.close().coAwait()
      }
    }
  }

  private suspend fun ask(services: QuorateServices) {
    val kv = services.kv()
    val put = kv.put("colours/sky", "blue").coAwait()
    kv.putWith(putRequestOf(key = "colours/grass", value = "green")).coAwait()

    val read = kv.range(rangeRequestOf(prefix = "colours/", limit = 1)).coAwait()
    assertThat(read.kvs.map { it.value }).containsExactly("green")
    assertThat(read.count).isEqualTo(2)
    assertThat(kv.get("nothing").coAwait()).isNull()

    val changed =
      kv.txn(
          txnRequestOf(
            compares =
              listOf(
                compareOf(
                  key = "colours/sky",
                  target = CompareTarget.MOD,
                  result = CompareResult.EQUAL,
                  number = put.revision
                )
              ),
            success = listOf(txnOpOf(put = putRequestOf(key = "colours/sky", value = "grey")))
          )
        )
        .coAwait()
    assertThat(changed.isSucceeded).isTrue()
    assertThat(kv.get("colours/sky").coAwait()?.value).isEqualTo("grey")

    val refused = runCatching { services.leases().keepAlive("1234").coAwait() }.exceptionOrNull()
    assertThat((refused as ServiceException).failureCode())
      .isEqualTo(ServiceFailure.LEASE_NOT_FOUND.code())
  }
}
