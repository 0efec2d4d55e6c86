import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;

/** Keeps everything in memory. */
final class MemoryStore extends MemoryBackend {
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        return Commands.answer(command, query, each -> super.handleCommand(channel, database, Commands.nameOf(each), each));
    }
}
