using System.Runtime.InteropServices;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Text.Tests;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>What is done with any text: encoding, decoding as ids come, stop strings, conversations. None of it may refuse anything.</summary>
internal static class TextTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        byte[][] texts =
        [
            .. new[] { "in the theatre", "Ünïcode e\u0301\u0323 中文 \U0001F600 १२३ 1234\r\n\t x  y", "don't WE'LL\u212Aelvin <|im_end|><|endoftext|>", "\uD800a\uDC00 \uFFFF\0", "가각\u1100\u1161\u11A8" }
                .Select(text => MemoryMarshal.AsBytes(text.AsSpan()).ToArray()),
        ];
        yield return new("encoding", InputForm.Binary, texts, Encode) { Tokens = ["<|im_start|>", "<|endoftext|>", "'s", "'LL", "\n\n"], AllocatedPerByte = 200 };
        yield return new("streaming-decoder", InputForm.Binary, texts, Stream) { Allocated = 1 << 20, AllocatedPerByte = 200 };
        yield return new("stop-strings", InputForm.Text, [.. new[] { "a|aba|\n|END\nabacabaEND", "x\nyyyxyy", "User:|\n\n\nHello\nUser: x\n\n", "\U0001F600|\U0001F601\na\U0001F601b" }.Select(Encoding.UTF8.GetBytes)], Stop)
        { Tokens = ["a", "b", "|", "ab", "END", "\n"], AllocatedPerByte = 2000 };
        yield return new("conversation-text", InputForm.Text, [.. new[] { "system\tBe brief.\nuser\tHello <|im_end|>\nassistant\tHi", "user\t*", "tool\t<|im_start|>" }.Select(Encoding.UTF8.GetBytes)], Converse)
        { Tokens = ["system", "user", "assistant", "*", "<|im_start|>", "<|im_end|>", "<|AUDIO|>"], AllocatedPerByte = 400 };
    }

    private static BytePairTokenizer Tokenizer(Workspace place) => place.Keep("tokenizer", () =>
    {
        place.Write("tokenizer.json", Encoding.UTF8.GetBytes(TokenizerFolder.TokenizerJson().ToJsonString(JsonSerializerOptions.Web)));
        return TokenizerFiles.Load(place.Folder);
    });

    private static string Encode(byte[] input, Workspace place)
    {
        var text = new string(MemoryMarshal.Cast<byte, char>(input));
        var tokenizer = Tokenizer(place);
        // UTF-8 has no halves of surrogate pairs: each becomes U+FFFD before anything else
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        var composed = Normalised(whole);
        var plain = tokenizer.Encode(text);
        if (tokenizer.Decode(plain) is var back && back != composed) throw new WrongResultException($"{JsonSerializer.Serialize(text)} comes back as {JsonSerializer.Serialize(back)}");
        if (plain.Any(id => id >= 260)) throw new WrongResultException("text became a control token");
        _ = tokenizer.Encode(text, recogniseControls: true);
        return $"{plain.Length == 0}";
    }

    // .NET refuses to normalise what is assigned to no character; those stay as they are
    private static string Normalised(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            var parts = new StringBuilder();
            var from = 0;
            for (var i = 0; i <= text.Length; i++)
            {
                if (i < text.Length && text[i] is not ('\uFFFE' or '\uFFFF')) continue;
                parts.Append(text[from..i].Normalize(NormalizationForm.FormC));
                if (i < text.Length) parts.Append(text[i]);
                from = i + 1;
            }

            return parts.ToString();
        }
    }

    private static string Stream(byte[] input, Workspace place)
    {
        var tokenizer = Tokenizer(place);
        int[] ids = [.. input.Select(value => value < 253 ? value : value + 7)];
        foreach (var shows in new[] { false, true })
        {
            var decoder = new StreamingDecoder(tokenizer, shows);
            var text = new StringBuilder();
            foreach (var id in ids) text.Append(decoder.Push(id));
            text.Append(decoder.Flush());
            if (text.ToString() != tokenizer.Decode(ids, shows)) throw new WrongResultException("other text as ids come than at once");
        }

        return "same";
    }

    private static string Stop(byte[] input, Workspace place)
    {
        var text = Encoding.UTF8.GetString(input);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        var (stops, rest) = line < 0 ? (["x"], text) : (text[..line].Split('|', StringSplitOptions.RemoveEmptyEntries), text[(line + 1)..]);
        var filter = new StopFilter(new StopStrings(stops));
        var passed = new StringBuilder();
        for (var from = 0; from < rest.Length;)
        {
            var step = Math.Min(1 + (from * 7 + input.Length) % 5, rest.Length - from);
            passed.Append(filter.Push(rest.Substring(from, step)));
            from += step;
        }

        passed.Append(filter.Flush());
        var (expected, found) = Cut(rest, stops);
        if (passed.ToString() != expected || filter.Found != found) throw new WrongResultException($"\"{passed}\" and {filter.Found} where \"{expected}\" and {found} are right");
        return found is null ? "none" : "found";
    }

    private static (string Text, string? Found) Cut(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var found = stops.Where(stop => text.AsSpan(0, end).EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (found is not null) return (text[..(end - found.Length)], found);
        }

        return (text, null);
    }

    private static string Converse(byte[] input, Workspace place)
    {
        var tokenizer = Tokenizer(place);
        List<ChatTurn> turns =
        [
            .. Encoding.UTF8.GetString(input).Split('\n').Take(50).Select(line => line.Split('\t', 2)).Select(parts => parts.Length == 2 ? new ChatTurn(parts[0], parts[1]) : ChatTurn.User(parts[0])),
        ];
        var prompt = ChatTemplate.Qwen2.Render(turns);
        var ids = prompt.Encode(tokenizer);
        var controls = prompt.Pieces.Count(piece => piece.IsControl);
        if (ids.Count(id => id >= 260) != controls) throw new WrongResultException("text became a control token");
        var answers = ChatTemplate.Qwen2.RenderForTraining(turns).EncodeAnswers(tokenizer);
        if (answers.Ids.Length != answers.IsAnswer.Length) throw new WrongResultException("marks of another length than the ids");
        return $"{controls}";
    }
}
