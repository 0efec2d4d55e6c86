import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import org.h2.mvstore.MVStore;

/** Keeps everything in a file: a write is on its way to the disk before it is answered. */
final class FileStore extends H2Backend {
    FileStore(String file) {
        super(new MVStore.Builder().fileName(file).autoCommitDisabled().open());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        if (!Commands.isWrite(command)) {
            return answer(channel, database, command, query);
        }
        // One at a time, so that no commit catches another write between its index and its document.
        synchronized (this) {
            Document answer = answer(channel, database, command, query);
            commit();
            return answer;
        }
    }

    private Document answer(Channel channel, String database, String command, Document query) {
        return Commands.answer(command, query, each -> super.handleCommand(channel, database, Commands.nameOf(each), each));
    }
}
