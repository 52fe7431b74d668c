namespace Qwen2Audio.Text.Tests;

/// <summary>Streamed text as ids arrive: recorded cases, and compared with decoding all at once.</summary>
public sealed class StreamingDecoderTests
{
    private static readonly string[] Controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"];

    [Fact]
    public void EveryRecordedSequenceComesOutAsRecorded()
    {
        string[] sequences = ["tokenizer", "streaming.jsonl"];
        Assert.SkipUnless(Fixtures.Has(sequences), Fixtures.MissingReason(sequences));
        Check(TokenizerFiles.Load(Fixtures.Locate("tokenizer")), sequences);
    }

    [Fact]
    public void SoDoThoseOfThePublishedVocabulary()
    {
        string[] sequences = ["tokenizer-qwen2", "streaming.jsonl"];
        Assert.SkipUnless(Fixtures.Has(sequences), Fixtures.MissingReason(sequences));
        Check(PublishedVocabulary.With(Controls), sequences);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void AnyIdsComeOutAsDecodedAtOnce(bool prefixSpace)
    {
        var tokenizer = Bytes(prefixSpace);
        var random = new Random(4);
        for (var round = 0; round < 500; round++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(3) == 0 ? ' ' : Unusual(random))];
            var show = random.Next(2) == 0;
            var decoder = new StreamingDecoder(tokenizer, show);
            for (var again = 0; again < 2; again++) // Flush makes it ready for another text
            {
                var text = new StringBuilder();
                foreach (var id in ids) text.Append(decoder.Push(id));
                Assert.Equal(tokenizer.Decode(ids, show), text.Append(decoder.Flush()).ToString());
            }
        }
    }

    [Fact]
    public void AnUnknownIdIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new StreamingDecoder(Bytes(false)).Push(999));
        Assert.Contains("Id 999 has no token", error.Message, StringComparison.Ordinal);
    }

    private static int Unusual(Random random) => (ReadOnlySpan<int>)[0xF0, 0x9F, 0x98, 0x80, 0xE2, 0x82, 0xAC, 0xC0, 0xED, 0xA0, 'a', 256] is var some ? some[random.Next(some.Length)] : 0;

    /// <summary>A token for each byte, its id the byte, and a control token 256.</summary>
    private static BytePairTokenizer Bytes(bool prefixSpace) => new(
        new BytePairVocabulary(Enumerable.Range(0, 256).Select(value => ByteText((byte)value)), []),
        new TokenizerOptions { PrefixSpace = prefixSpace, AddedTokens = [AddedToken.Control("<|x|>", 256)] });

    /// <summary>GPT-2's symbol of a byte.</summary>
    private static string ByteText(byte value)
    {
        static bool Shown(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        return ((char)(Shown(value) ? value : 0x100 + Enumerable.Range(0, value).Count(b => !Shown(b)))).ToString();
    }

    private static void Check(BytePairTokenizer tokenizer, string[] sequences)
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var line in File.ReadLines(Fixtures.Locate(sequences)))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            int[] ids = [.. root.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            var decoder = new StreamingDecoder(tokenizer, showControls: !root.GetProperty("skip_special_tokens").GetBoolean());
            string[] emitted = [.. ids.Select(decoder.Push)];
            var flushed = decoder.Flush();
            count++;
            if (!emitted.SequenceEqual(root.GetProperty("emit").EnumerateArray().Select(text => text.GetString()!), StringComparer.Ordinal)
                || flushed != root.GetProperty("flush").GetString() || string.Concat(emitted) + flushed != root.GetProperty("text").GetString())
                wrong.Add($"sequence {count}, {root.GetProperty("name")}");
        }

        Assert.True(count > 0);
        Assert.Empty(wrong);
    }
}
