import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/** Writes documents as BSON. */
final class DocumentType extends BasicDataType<Document> {
    @Override
    public int getMemory(Document document) {
        return Sizes.bound(document);
    }

    @Override
    public void write(WriteBuffer to, Document document) {
        ByteBuf bytes = Unpooled.buffer();
        BsonEncoder.encodeDocument(document, bytes);
        to.put(bytes.nioBuffer());
    }

    @Override
    public Document read(ByteBuffer from) {
        int start = from.position();
        int size = Integer.reverseBytes(from.getInt(start));
        from.position(start + size);
        return BsonDecoder.decodeBson(Unpooled.wrappedBuffer(from.duplicate().slice(start, size)));
    }

    @Override
    public Document[] createStorage(int size) {
        return new Document[size];
    }
}
