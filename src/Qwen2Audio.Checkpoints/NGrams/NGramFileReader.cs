using System.Buffers.Binary;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Reads the compact format of <see cref="NGramFile"/>. There may be no more n-grams than the file's size allows.</summary>
internal sealed class NGramFileReader(byte[] bytes, string path)
{
    private const int Header = 13;
    private const int PerByte = 16; // n-grams
    private const int AlwaysAllowed = 1 << 14;

    // of the level above the one that is read
    private float[] _joint = [];
    private int[] _suffixes = [];
    private float[] _probabilities = [];

    public NGramModel Read()
    {
        if (bytes.Length < Header) throw Fault("the end of the file", $"{Header} bytes and more");
        var order = bytes[8];
        if (order is 0 or > NGramFile.MaxOrder) throw Fault($"n-grams of {order} lengths", $"1 to {NGramFile.MaxOrder}");
        var step = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(9));
        if (!(step is > 0 and <= 4)) throw Fault($"steps of {step}", "above 0, up to 4");
        var words = CompressedLines.Read(bytes, Header, path, out var end);
        if (words.Distinct(StringComparer.Ordinal).Count() != words.Length) throw Fault("a repeated word", "each word once");
        foreach (var name in new[] { NGramModel.Unknown, NGramModel.Start, NGramModel.End })
            if (!words.Contains(name)) throw Fault($"no {name}", "a vocabulary that contains it");
        var coder = new AnsDecoder(bytes.AsSpan(end), NGramCoding.Tables(order), out var problem);
        if (problem is not null) throw Fault(problem, "tables of frequencies");
        var odds = new float[1 << 16];
        for (var i = 0; i < odds.Length; i++) odds[i] = MathF.Exp(step * (short)i);
        var orders = new List<NGramOrder> { Words(ref coder, words, order > 1) };
        for (var n = 2; n <= order; n++) orders.Add(Level(ref coder, n, n < order, odds, orders));
        return coder.IsWhole ? new NGramModel(words, orders) : throw Fault("another end", "a file that ends with its last n-gram");
    }

    private NGramOrder Words(ref AnsDecoder coder, string[] words, bool hasChildren)
    {
        var order = Make(words.Length, hasChildren);
        var (start, steps, sum) = (Array.IndexOf(words, NGramModel.Start), 0, 0.0);
        for (var id = 0; id < words.Length; id++)
        {
            order.Words[id] = id;
            if (id == start) continue;
            steps += Steps(ref coder, NGramCoding.StepTable(1, 0));
            if (steps is < 0 or > 1 << 12) throw Fault($"ln P of {-steps * NGramCoding.WordStep}", "-256 to 0");
            order.LogProbabilities[id] = -steps * NGramCoding.WordStep;
            sum += Math.Exp(order.LogProbabilities[id]);
        }

        (_joint, _probabilities) = (new float[words.Length], new float[words.Length]);
        for (var id = 0; id < words.Length; id++) _joint[id] = (float)(order.LogProbabilities[id] - Math.Log(sum));
        _joint.CopyTo(order.LogProbabilities, 0);
        order.LogProbabilities[start] = NGramCoding.Never;
        _joint[start] = _joint[Array.IndexOf(words, NGramModel.End)];
        for (var id = 0; id < words.Length; id++) _probabilities[id] = id == start ? 0 : MathF.Exp(_joint[id]);
        if (hasChildren) Children(ref coder, 1, order);
        return order;
    }

    private NGramOrder Level(ref AnsDecoder coder, int n, bool hasChildren, float[] odds, List<NGramOrder> orders)
    {
        var (above, lists) = (orders[n - 2], n == 2 ? null : orders[n - 3].Children);
        var order = Make(above.Children[^1], hasChildren);
        var (joint, suffixes, probabilities) = (new float[hasChildren ? order.Count : 0], new int[order.Count], new float[order.Count]);
        for (var context = 0; context < above.Count; context++)
        {
            var (first, end) = (above.Children[context], above.Children[context + 1]);
            if (first == end) continue;
            var (place, to) = lists is null ? (0, above.Count) : (lists[_suffixes[context]], lists[_suffixes[context] + 1]);
            if (to - place < end - first) throw Fault($"{end - first} {n}-grams after a context", $"{to - place}, as many as continue the shorter one");
            var (sum, sumBelow) = (0.0, 0.0);
            for (var i = first; i < end; i++)
            {
                if (to - place > end - i)
                {
                    var gap = NGramCoding.Read(ref coder, NGramCoding.GapTable(n, end - i, to - place));
                    if (gap < 0 || gap > to - place - (end - i)) throw Fault($"a distance of {gap} words", $"0 to {to - place - (end - i)}");
                    place += gap;
                }

                var lower = _probabilities[place];
                var p = NGramCoding.Raised(lower, odds[(ushort)Steps(ref coder, NGramCoding.StepTable(n, _joint[context] + MathF.Log(lower)))]);
                if (!(p is > 0 and <= 1)) throw Fault($"a probability of {p}", "above 0, up to 1");
                (suffixes[i], probabilities[i], order.Words[i], order.LogProbabilities[i]) = (place, p, above.Words[place], MathF.Log(p));
                if (hasChildren) joint[i] = _joint[context] + order.LogProbabilities[i];
                sum += p;
                sumBelow += lower;
                place++;
            }

            above.Backoffs[context] = NGramCoding.Backoff(sum, sumBelow);
        }

        (_joint, _suffixes, _probabilities) = (joint, suffixes, probabilities);
        if (hasChildren) Children(ref coder, n, order);
        return order;
    }

    private void Children(ref AnsDecoder coder, int n, NGramOrder order)
    {
        var most = Math.Max(AlwaysAllowed, (long)PerByte * bytes.Length);
        for (var i = 0; i < order.Count; i++)
        {
            var count = NGramCoding.Read(ref coder, NGramCoding.ChildrenTable(n, _joint[i]));
            if (count < 0 || order.Children[i] + (long)count > most) throw Fault($"{order.Children[i] + (long)count} {n + 1}-grams and more", $"0 to {most}");
            order.Children[i + 1] = order.Children[i] + count;
        }
    }

    private int Steps(ref AnsDecoder coder, int table) => NGramCoding.ReadSteps(ref coder, table) ?? throw Fault("a number without frequencies", "numbers of the tables");

    private static NGramOrder Make(int count, bool hasChildren) => new(new int[count], new float[count], hasChildren ? new float[count] : [], hasChildren ? new int[count + 1] : []);

    private CheckpointException Fault(string found, string allowed) => new(path, "content", found, allowed);
}
