using Qwen2Audio.Formats;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Tests.Recipes;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class ConversationFileTests : TestInFolder
{
    private const string Ask = """{"role": "user", "content": "Hi"}""";
    private const string Say = """{"role": "assistant", "content": "Ho"}""";
    private readonly List<string> _warnings = [];

    [Fact]
    public void Messages_and_prompts_with_completions_become_conversations()
    {
        var read = ConversationFile.Read(Write("""
            {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": [{"type": "audio", "audio_url": "a.wav"}, {"type": "text", "text": "What?"}, {"audio": "/x/b.wav"}]}, {"role": "assistant", "content": "Ho"}], "id": 7, "source": "web"}

            {"prompt": "Hi", "completion": "Ho"}
            {"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}, {"role": "user", "content": "And?"}], "completion": [{"role": "assistant", "content": "So"}]}
            """));
        Assert.Equal([(1, "7", 0), (3, "", 1), (4, "", 3)], read.Select(one => (one.Line, one.Id, one.FirstAnswer)));
        Assert.Equal([Path.Combine(Folder, "a.wav"), "/x/b.wav"], read[0].Clips);
        Assert.Equal([typeof(AudioPart), typeof(TextPart), typeof(AudioPart)], read[0].Turns[1].Parts.Select(part => part.GetType()));
        Assert.Equal(["user Hi", "assistant Ho"], read[1].Turns.Select(Shown));
        Assert.Equal(["user Hi", "assistant Ho", "user And?", "assistant So"], read[2].Turns.Select(Shown));
    }

    /// <summary>As ms-swift and LLaMA-Factory have them.</summary>
    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>What?"}, {"role": "assistant", "content": "<audio> is a tag"}], "audios": ["a.wav"]}""")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>What?"}, {"role": "assistant", "content": "<audio> is a tag"}], "audio": "a.wav", "images": [], "tools": ""}""")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>a.wav</audio>What?"}, {"role": "assistant", "content": "<audio> is a tag"}]}""")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "audio"}, {"type": "text", "text": "What?"}]}, {"role": "assistant", "content": "<audio> is a tag"}], "audios": ["a.wav"]}""")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "audio", "path": "a.wav"}, {"type": "text", "text": "What?"}]}, {"role": "assistant", "content": "<audio> is a tag"}]}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "<audio>What?"}, {"from": "gpt", "value": "<audio> is a tag"}], "audios": ["a.wav"]}""")]
    [InlineData("""{"prompt": "<audio>What?", "completion": "<audio> is a tag", "audios": ["a.wav"]}""")]
    [InlineData("""{"query": "<audio>What?", "response": "<audio> is a tag", "audios": ["a.wav"]}""")]
    [InlineData("""{"instruction": "<audio>What?", "input": "", "output": "<audio> is a tag", "audios": ["a.wav"], "system": null}""")]
    public void ClipsBesideTheTextTakeTheirPlaces(string line)
    {
        var read = Assert.Single(ConversationFile.Read(Write(line)));
        Assert.Equal([Path.Combine(Folder, "a.wav")], read.Clips);
        Assert.Equal([new AudioPart(), new TextPart("What?")], read.Turns[0].Parts);
        Assert.Equal("assistant <audio> is a tag", Shown(read.Turns[1]));
    }

    [Fact]
    public void SeveralClipsStandInTheOrderOfTheirPlaces()
    {
        var read = ConversationFile.Read(Write("""
            [
              {"system": "Be.", "conversations": [{"from": "human", "value": "One <audio> and <audio>b.wav</audio>\nand <audio>"}, {"from": "gpt", "value": "Ho"},
                {"from": "human", "value": "<audio>"}, {"from": "gpt", "value": "So"}], "audios": ["a.wav", "c.wav", "d.wav"], "source": "web"},
              {"instruction": "Add", "input": "1 2", "output": "3", "history": [["Hi", "Ho"]]}
            ]
            """), _warnings);
        Assert.Equal(["a.wav", "b.wav", "c.wav", "d.wav"], read[0].Clips.Select(Path.GetFileName));
        Assert.Equal("system Be.", Shown(read[0].Turns[0]));
        Assert.Equal([new TextPart("One "), new AudioPart(), new TextPart(" and "), new AudioPart(), new TextPart("\nand "), new AudioPart()], read[0].Turns[1].Parts);
        Assert.Equal(["user Hi", "assistant Ho", "user Add\n1 2", "assistant 3"], read[1].Turns.Select(Shown));
        Assert.Equal([2, 4], read.Select(one => one.Line));
        Assert.EndsWith("data.jsonl: these fields are not used: source (1 of 2 lines)", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Marks_of_other_programs_for_what_is_no_text_are_warned_about()
    {
        var read = ConversationFile.Read(Write("""
            {"messages": [{"role": "user", "content": "<image>What <|AUDIO|>?"}, {"role": "assistant", "content": "<video>"}]}
            {"query": "<image>", "response": "a"}
            {"query": "plain", "response": "a"}
            """), _warnings);
        Assert.Equal("user <image>What <|AUDIO|>?", Shown(read[0].Turns[0]));
        Assert.Contains("texts hold <image> (2 of 3 lines), <|AUDIO|> (1 of 3 lines), which is learned as text", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void PairsHaveThemToo()
    {
        var read = ConversationFile.ReadPairs(Write("""
            {"prompt": "<audio>What?", "chosen": "Good", "rejected": "Bad", "audios": ["a.wav"]}
            {"conversations": [{"from": "human", "value": "<audio>What?"}], "chosen": {"from": "gpt", "value": "Good"}, "rejected": {"from": "gpt", "value": "Bad"}, "audios": ["a.wav"]}
            {"system": "Be.", "chosen": [{"role": "user", "content": "<audio>What?"}, {"role": "assistant", "content": "Good"}], "rejected": [{"role": "user", "content": "<audio>What?"}, {"role": "assistant", "content": "Bad"}], "audios": ["a.wav"]}
            """));
        Assert.All(read, pair => Assert.Equal([Path.Combine(Folder, "a.wav")], pair.Chosen.Clips));
        Assert.All(read, pair => Assert.Equal(pair.Chosen.Clips, pair.Rejected.Clips));
        Assert.Equal(["assistant Good", "assistant Good", "assistant Good"], read.Select(pair => Shown(pair.Chosen.Turns[^1])));
        Assert.Equal(["assistant Bad", "assistant Bad", "assistant Bad"], read.Select(pair => Shown(pair.Rejected.Turns[^1])));
        Assert.Equal([1, 1, 2], read.Select(pair => pair.Chosen.FirstAnswer));
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
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "tools": [{"name": "f"}]}""", "$.tools", "cannot be used")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "images": ["a.png"]}""", "$.images", "cannot be used")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "videos": "a.mp4"}""", "$.videos", "cannot be used")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "objects": {"ref": ["x"]}}""", "$.objects", "cannot be used")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "rejected_response": "No"}""", "$.rejected_response", "cannot be used")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ho"}], "conversations": [{"from": "gpt", "value": "x"}]}""", "$.conversations", "cannot be used")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}], "audios": ["a.wav"]}""", "$.audios", "1 clip; allowed: 0, one for each <audio>")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio><audio>Hi"}, {"role": "assistant", "content": "Ho"}], "audios": ["a.wav"]}""", "$.audios", "1 clip; allowed: 2")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>Hi"}, {"role": "assistant", "content": "Ho"}]}""", "$.audios", "nothing; allowed: 1, one for each <audio>")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>Hi"}, {"role": "assistant", "content": "Ho"}], "audios": []}""", "$.audios", "nothing; allowed: 1")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "text", "text": "<audio>Hi"}]}, {"role": "assistant", "content": "Ho"}], "audios": ["a.wav"]}""", "$.audios", "in the text of a part <audio> stays text")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>Hi"}, {"role": "assistant", "content": "Ho"}], "audios": ["https://x/a.wav"]}""", "$.audios", "an address")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>Hi"}, {"role": "assistant", "content": "Ho"}], "audios": [{"path": "a.wav"}]}""", "$.audios", "a list of texts")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio></audio>Hi"}, {"role": "assistant", "content": "Ho"}]}""", "$.messages[0].content", "no path")]
    [InlineData("""{"messages": [{"role": "user", "content": "<audio>Hi"}, {"role": "assistant", "content": "Ho"}], "audios": ["a.wav"], "audio": "b.wav"}""", "$.audio", "a second list")]
    [InlineData("""{"messages": [{"role": "system", "content": "Be"}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}], "system": "Be"}""", "$.system", "one of them")]
    [InlineData("""{"conversations": [{"from": "human", "value": "Hi"}, {"from": "tool", "value": "Ho"}]}""", "$.conversations[1].from", "human, gpt")]
    [InlineData("""{"conversations": [{"from": "human", "value": "Hi"}]}""", "$.conversations", "last message of the user")]
    [InlineData("""{"instruction": "Hi"}""", "$.output", "nothing")]
    [InlineData("""{"query": "Hi", "response": "Ho", "history": ["a"]}""", "$.history", "a list of pairs")]
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
    public void WhateverAFileIsChangedToItIsReadOrRefused()
    {
        string[] good =
        [
            """{"messages": [{"role": "user", "content": "<audio>a <audio>b.wav</audio>"}, {"role": "assistant", "content": "Ho"}], "audios": ["a.wav"], "id": 3}""",
            """[{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}], "system": "Be"}, {"query": "Hi", "response": "Ho", "history": [["a", "b"]]}]""",
            """{"prompt": [{"role": "user", "content": [{"type": "audio"}, {"type": "text", "text": "a"}]}], "chosen": "Ho", "rejected": {"role": "assistant", "content": "No"}, "audio": "a.wav"}""",
            """{"instruction": "Hi", "input": "there", "output": "Ho", "images": []}""",
        ];
        string[] tokens = ["{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e400", "\\ud800", "\\u0000", "\"audios\":[\"b\"],", "<audio>", "</audio>", "\"system\":\"x\",", "\n", "\0", "\uFEFF"];
        foreach (var text in MutatedTexts.Of(good, tokens, seed: 12, count: 500))
        {
            var path = Write(text);
            foreach (var read in (Action[])[() => ConversationFile.Read(path), () => ConversationFile.ReadPairs(path)])
            {
                try
                {
                    read();
                }
                catch (ConfigException exception)
                {
                    Assert.Contains("data.jsonl", exception.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void AnEmptyOrMissingFileIsRefused()
    {
        Assert.Contains("no line", Assert.Throws<ConfigException>(() => ConversationFile.Read(Write("\n"))).Message, StringComparison.Ordinal);
        Assert.Contains("none.jsonl", Assert.Throws<ConfigException>(() => ConversationFile.Read(Path.Combine(Folder, "none.jsonl"))).Message, StringComparison.Ordinal);
    }

    private static string Shown(ChatTurn turn) => $"{turn.Role} {((TextPart)turn.Parts.Single()).Text}";

    private string Write(string text)
    {
        var path = Path.Combine(Folder, "data.jsonl");
        File.WriteAllText(path, text);
        return path;
    }
}
