using System.Text.Json.Nodes;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>An answer that reaches a limit says so and names the setting.</summary>
public sealed class AnswerOptionsTests : IDisposable
{
    private static readonly ChatTurn[] Hello = [ChatTurn.User("Hello there")];
    private readonly TinyChat _tiny = new(acceptsAudio: false);

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("""{"max_new_tokens": 4}""", null, "The answer was cut after 4 tokens: max_new_tokens of generation_config.json is 4.")]
    [InlineData("""{"max_length": 60}""", null, "max_length of generation_config.json is 60, the conversation included.")]
    [InlineData("""{"max_new_tokens": 4, "max_length": 1}""", null, "max_new_tokens of generation_config.json is 4.")]
    [InlineData("""{"max_new_tokens": 4}""", 3, "The answer was cut after 3 tokens: that is the requested maximum.")]
    [InlineData("""{"max_length": 5000}""", null, "the model's context of 2048 is full.", true)]
    [InlineData("""{"eos_token_id": 1758}""", null, "512 is the default limit, since neither caller nor generation_config.json sets one.")]
    public void A_cut_answer_says_what_cut_it(string settings, int? asked, string expected, bool full = false)
    {
        // no token ends an answer
        var json = JsonNode.Parse(settings)!.AsObject();
        json["suppress_tokens"] = new JsonArray(1756, 1758);
        File.WriteAllText(Path.Combine(_tiny.Folder, "generation_config.json"), json.ToJsonString());
        using var model = ChatModel.Load(_tiny.Folder);
        var turns = full ? [ChatTurn.User(string.Concat(Enumerable.Repeat("a b ", 500)))] : Hello;
        var options = new AnswerOptions { MaxNewTokens = asked };
        foreach (var reply in new[] { model.Reply(turns, options: options), model.ReplyToEach([new ChatConversation(turns)], options)[0] })
        {
            Assert.Equal(FinishReason.Length, reply.Ended);
            Assert.EndsWith(expected, Assert.Single(reply.Warnings, warning => warning.Code == "answer-cut").Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_answer_that_ended_by_itself_does_not()
    {
        File.WriteAllText(Path.Combine(_tiny.Folder, "generation_config.json"), """{"max_new_tokens": 4}""");
        using var model = ChatModel.Load(_tiny.Folder);
        var first = model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = 1 }).Text;
        Assert.NotEmpty(first);
        var reply = model.Reply(Hello, options: new AnswerOptions { StopStrings = [first] });
        Assert.Equal((FinishReason.Stopped, 0), (reply.Ended, reply.Warnings.Count));
    }

    [Fact]
    public void A_conversation_longer_than_max_length_names_it_and_not_the_context()
    {
        File.WriteAllText(Path.Combine(_tiny.Folder, "generation_config.json"), """{"max_length": 20}""");
        using var model = ChatModel.Load(_tiny.Folder);
        var error = Assert.Throws<ContextLengthException>(() => model.Reply(Hello));
        Assert.Contains("max_length of the model's generation_config.json is 20", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("context", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, model.Reply(Hello, options: new AnswerOptions { MaxNewTokens = 5 }).NewTokens);
    }
}
