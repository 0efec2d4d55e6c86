import de.bwaldvogel.mongo.wire.BsonConstants;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;

/** MongoDB allows a command 16 KiB more than a document; the library has one limit for both, compiled into its decoder. */
final class WireLimit {
    private static final int COMMAND_ALLOWANCE = 16 * 1024;
    private static final byte INTEGER_CONSTANT = 3;

    private WireLimit() {
    }

    /** Must come before the decoder is used for the first time. */
    static void raise() {
        try (InputStream file = BsonEncoder.class.getResourceAsStream("BsonDecoder.class")) {
            ByteBuffer code = ByteBuffer.wrap(file.readAllBytes());
            int at = 0;
            while (code.get(at) != INTEGER_CONSTANT || code.getInt(at + 1) != BsonConstants.MAX_BSON_OBJECT_SIZE) {
                at++;
            }
            code.putInt(at + 1, BsonConstants.MAX_BSON_OBJECT_SIZE + COMMAND_ALLOWANCE);
            MethodHandles.privateLookupIn(BsonEncoder.class, MethodHandles.lookup()).defineClass(code.array());
        } catch (IOException | IllegalAccessException error) {
            throw new IllegalStateException(error);
        }
    }
}
