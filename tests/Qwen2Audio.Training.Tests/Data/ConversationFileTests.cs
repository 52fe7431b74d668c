using Qwen2Audio.Formats;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class ConversationFileTests : IDisposable
{
    private const string Ask = """{"role": "user", "content": "Hi"}""";
    private const string Say = """{"role": "assistant", "content": "Ho"}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("conversations").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Messages_and_prompts_with_completions_become_conversations()
    {
        var read = ConversationFile.Read(Write("""
            {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": [{"type": "audio", "audio_url": "a.wav"}, {"type": "text", "text": "What?"}, {"audio": "/x/b.wav"}]}, {"role": "assistant", "content": "Ho"}], "id": 7, "source": "web"}

            {"prompt": "Hi", "completion": "Ho"}
            {"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}, {"role": "user", "content": "And?"}], "completion": [{"role": "assistant", "content": "So"}]}
            """));
        Assert.Equal([(1, "7", 0), (3, "", 1), (4, "", 3)], read.Select(one => (one.Line, one.Id, one.FirstAnswer)));
        Assert.Equal([Path.Combine(_folder, "a.wav"), "/x/b.wav"], read[0].Clips);
        Assert.Equal([typeof(AudioPart), typeof(TextPart), typeof(AudioPart)], read[0].Turns[1].Parts.Select(part => part.GetType()));
        Assert.Equal(["user Hi", "assistant Ho"], read[1].Turns.Select(Shown));
        Assert.Equal(["user Hi", "assistant Ho", "user And?", "assistant So"], read[2].Turns.Select(Shown));
    }

    [Fact]
    public void Pairs_share_their_prompt()
    {
        var read = ConversationFile.ReadPairs(Write($$"""
            {"prompt": "Hi", "chosen": "Good", "rejected": "Bad"}
            {"messages": [{{Ask}}, {{Say}}, {{Ask}}], "chosen": "Good", "rejected": "Bad"}
            {"chosen": [{{Ask}}, {{Say}}], "rejected": [{{Ask}}, {"role": "assistant", "content": "Bad"}]}
            """));
        Assert.Equal([1, 3, 1], read.Select(pair => pair.Chosen.FirstAnswer));
        Assert.Equal(["user Hi", "assistant Good"], read[0].Chosen.Turns.Select(Shown));
        Assert.Equal(["user Hi", "assistant Ho", "user Hi", "assistant Bad"], read[1].Rejected.Turns.Select(Shown));
        Assert.Equal(["user Hi", "assistant Bad"], read[2].Rejected.Turns.Select(Shown));
    }

    [Theory]
    [InlineData("""{"text": "x"}""", "$.messages", "prompt and completion")]
    [InlineData("""{"messages": "x"}""", "$.messages", "a list of objects")]
    [InlineData("""{"messages": []}""", "$.messages", "no message")]
    [InlineData("""{"messages": [7]}""", "$.messages[0]", "an object")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}]}""", "$.messages", "last message of the user")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "bot", "content": "Ho"}]}""", "$.messages[1].role", "\"bot\"")]
    [InlineData("""{"messages": [{"role": "user"}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content", "nothing")]
    [InlineData("""{"messages": [{"role": "user", "content": null}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content", "nothing")]
    [InlineData("""{"messages": [{"role": "user", "content": []}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content", "no part")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "image", "image": "x"}]}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content[0].type", "text, audio")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "audio", "audio_url": "https://x/a.wav"}]}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content[0].audio_url", "an address")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "audio"}]}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content[0].audio_url", "nothing")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "audio": "b.wav"}]}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content[0].audio", "only text")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"audio": "b.wav"}]}]}""", "$.messages[1].content[0].audio", "messages of the user")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi", "weight": 0}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].weight", "role, content")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "tools": []}""", "$.tools", "cannot be used")]
    [InlineData("""{"prompt": "Hi"}""", "$.completion", "nothing")]
    [InlineData("""{"prompt": "Hi", "completion": 3}""", "$.completion", "3")]
    [InlineData("""{"prompt": "Hi", "completion": "Ho", "messages": []}""", "$.prompt", "cannot be used")]
    [InlineData("""{"prompt": "Hi", "chosen": "a", "rejected": "b"}""", "$.chosen", "preference")]
    [InlineData("""{"messages": [""", "JSON", "line 2")]
    public void ErrorsNameFileLineFieldAndWhatIsAllowed(string line, string place, string part)
    {
        var error = Assert.Throws<ConfigException>(() => ConversationFile.Read(Write($$"""{"prompt": "ok", "completion": "ok"}""" + "\n" + line)));
        foreach (var expected in (string[])["data.jsonl, line 2", place, part]) Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt": "Hi", "chosen": "a"}""", "$.rejected", "nothing")]
    [InlineData("""{"chosen": "a", "rejected": "b"}""", "$.prompt", "begin alike")]
    [InlineData("""{"chosen": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}], "rejected": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Ho"}]}""", "$.rejected", "another beginning")]
    [InlineData("""{"prompt": "Hi", "chosen": [{"role": "user", "content": "Ho"}], "rejected": "b"}""", "$.chosen", "of the assistant")]
    [InlineData("""{"prompt": "Hi", "completion": "x", "chosen": "a", "rejected": "b"}""", "$.completion", "cannot be used")]
    public void ErrorsOfPairsToo(string line, string place, string part)
    {
        var error = Assert.Throws<ConfigException>(() => ConversationFile.ReadPairs(Write(line)));
        foreach (var expected in (string[])["data.jsonl, line 1", place, part]) Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyOrMissingFileIsRefused()
    {
        Assert.Contains("no line", Assert.Throws<ConfigException>(() => ConversationFile.Read(Write("\n"))).Message, StringComparison.Ordinal);
        Assert.Contains("none.jsonl", Assert.Throws<ConfigException>(() => ConversationFile.Read(Path.Combine(_folder, "none.jsonl"))).Message, StringComparison.Ordinal);
    }

    private static string Shown(ChatTurn turn) => $"{turn.Role} {((TextPart)turn.Parts.Single()).Text}";

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "data.jsonl");
        File.WriteAllText(path, text);
        return path;
    }
}
