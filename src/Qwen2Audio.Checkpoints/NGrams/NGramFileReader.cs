using System.Buffers.Binary;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Reads the compact format of <see cref="NGramFile"/>. Counts are checked against the file's size before anything is allocated.</summary>
internal sealed class NGramFileReader(byte[] bytes, string path)
{
    private const int Header = 8;

    private int _at = Header;

    public NGramModel Read()
    {
        if (bytes.Length < Header + 1 || bytes[Header - 1] != 1) throw Fault(bytes.Length < Header + 1 ? "the end of the file" : $"version {bytes[Header - 1]}", "version 1");
        var order = Byte();
        if (order is 0 or > NGramFile.MaxOrder) throw Fault($"n-grams of {order} lengths", $"1 to {NGramFile.MaxOrder}");
        var words = Vocabulary();
        var orders = new List<NGramOrder>();
        for (var n = 1; n <= order; n++) orders.Add(Order(n, n == order, words.Length, orders.LastOrDefault()));
        return _at == bytes.Length ? new NGramModel(words, orders) : throw Fault($"{bytes.Length - _at} more bytes", "the end of the file");
    }

    private string[] Vocabulary()
    {
        string[] words;
        try
        {
            words = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Take(Number(1))).Split('\n');
        }
        catch (DecoderFallbackException)
        {
            throw Fault("a vocabulary that is not UTF-8", "words in UTF-8");
        }

        if (words.Distinct(StringComparer.Ordinal).Count() != words.Length) throw Fault("a repeated word", "each word once");
        foreach (var name in new[] { NGramModel.Unknown, NGramModel.Start, NGramModel.End })
            if (!words.Contains(name)) throw Fault($"no {name}", "a vocabulary that contains it");
        return words;
    }

    private NGramOrder Order(int n, bool isLast, int vocabulary, NGramOrder? above)
    {
        var probabilities = n > 1 ? Codebook(most: 0) : [];
        var backoffs = n > 1 && !isLast ? Codebook(most: 1000) : [];
        var count = Number(leastBytes: 2);
        if (n == 1 ? count != vocabulary : count != above!.Children[^1]) throw Fault($"{count} {n}-grams", $"{(n == 1 ? vocabulary : above!.Children[^1])}");
        var order = new NGramOrder(new int[count], new float[count], isLast ? [] : new float[count], isLast ? [] : new int[count + 1]);
        var (parent, before) = (0, -1L);
        for (var i = 0; i < count; i++)
        {
            if (n == 1) order.Words[i] = i;
            else
            {
                while (above!.Children[parent + 1] <= i) (parent, before) = (parent + 1, -1);
                before += 1L + Variable();
                if (before >= vocabulary) throw Fault($"word {before}", $"words below {vocabulary}");
                order.Words[i] = (int)before;
            }

            order.LogProbabilities[i] = Log(probabilities, 0);
            if (isLast) continue;
            order.Backoffs[i] = Log(backoffs, 1000);
            var next = (long)order.Children[i] + Variable();
            if (next > bytes.Length) throw Fault($"{next} {n + 1}-grams", "no more than fit into the file");
            order.Children[i + 1] = (int)next;
        }

        return order;
    }

    private float[] Codebook(float most)
    {
        var means = new float[LogCodebook.Size];
        foreach (ref var mean in means.AsSpan()) mean = Checked(BinaryPrimitives.ReadSingleLittleEndian(Take(4)), most);
        return means;
    }

    private float Log(float[] means, float most) => means.Length > 0 ? means[Byte()] : Checked((float)BinaryPrimitives.ReadHalfLittleEndian(Take(2)), most);

    private float Checked(float value, float most) => value <= most && float.IsFinite(value) ? value : throw Fault($"a logarithm of {value}", $"finite numbers up to {most}");

    private int Number(int leastBytes)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        return value >= 0 && (long)value * leastBytes <= bytes.Length - _at ? value : throw Fault($"a count of {value}", "no more than fit into the file");
    }

    private int Variable()
    {
        var value = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            var next = Byte();
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Fault("a number of more than 28 bits", "smaller numbers");
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - _at) throw Fault("the end of the file", $"{count} more bytes");
        _at += count;
        return bytes.AsSpan(_at - count, count);
    }

    private CheckpointException Fault(string found, string allowed) => new(path, $"byte {_at}", found, allowed);
}
