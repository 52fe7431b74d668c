using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Unfinished answers, other calls between their tokens, and a model that is disposed meanwhile.</summary>
public sealed class ChatModelLifetimeTests : IDisposable
{
    private static readonly AnswerOptions Short = new() { MaxNewTokens = 6, Sample = false };
    private static readonly ChatTurn[] Turns = [ChatTurn.User("Count to ten.")];
    private readonly TinyChat _tiny = new();

    [Fact]
    public void An_open_answer_leaves_the_model_to_others_between_its_tokens()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var (alone, other) = (model.Reply(Turns, options: Short), model.Reply([ChatTurn.User([new AudioPart()])], [Sounds.Tone(1)], Short));
        using var forgotten = model.Start(Turns, options: Short, cancellation: patience.Token);
        using var run = model.Start(Turns, options: Short, cancellation: patience.Token);
        var text = "";
        foreach (var piece in run.Read(patience.Token))
        {
            text += piece;
            Assert.Equal(other.Text, model.Reply([ChatTurn.User([new AudioPart()])], [Sounds.Tone(1)], Short, patience.Token).Text);
        }

        Assert.Equal(alone.Text, text);
    }

    [Fact]
    public void A_model_that_is_disposed_of_refuses_and_an_answer_that_is_read_ends_with_that()
    {
        var model = ChatModel.Load(_tiny.Folder);
        using var run = model.Start(Turns, options: Short with { MaxNewTokens = 500 });
        using var pieces = run.Read().GetEnumerator();
        Assert.True(pieces.MoveNext());
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { while (pieces.MoveNext()) { } });
        Assert.Throws<ObjectDisposedException>(() => model.Reply(Turns, options: Short));
        Assert.Throws<ObjectDisposedException>(() => model.ReplyToEach([new(Turns)], Short));
        Assert.Throws<ObjectDisposedException>(() => model.Score([5], [], [[7]], [], default));
        model.Dispose();
    }

    [Fact]
    public async Task Disposing_waits_for_who_computes()
    {
        for (var round = 0; round < 5; round++)
        {
            var model = ChatModel.Load(_tiny.Folder);
            using var begun = new ManualResetEventSlim();
            var work = Task.Run(() =>
            {
                using var run = model.Start(Turns, options: Short with { MaxNewTokens = 1500 });
                foreach (var _ in run.Read()) begun.Set();
            }, TestContext.Current.CancellationToken);
            Assert.True(begun.Wait(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken));
            model.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => work);
        }
    }

    [Fact]
    public void Clips_of_a_conversation_are_encoded_once_and_warned_of_once()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        AudioClip[] clips = [.. Enumerable.Range(1, 10).Select(i => new AudioClip(Sounds.Bursts(0.2 + i * 0.01, _ => true, 8000), 8000, 1, []))];
        List<ChatTurn> turns = [ChatTurn.User([.. clips.Select(_ => new AudioPart()), new TextPart("What is heard?")])];
        var first = model.Reply(turns, clips, Short);
        Assert.Equal(10, first.Warnings.Count(warning => warning.Code == "resampled"));
        Assert.Equal(10, model.ClipsEncoded);

        turns.AddRange([ChatTurn.Assistant(first.Text), ChatTurn.User([new AudioPart(), new TextPart("And here?")])]);
        AudioClip[] again = [.. clips.Select(clip => clip with { Samples = [.. clip.Samples] }), new(Sounds.Bursts(0.4, _ => true, 8000), 8000, 1, [])];
        var second = model.Reply(turns, again, Short);
        Assert.Single(second.Warnings, warning => warning.Code == "resampled");
        Assert.Equal(11, model.ClipsEncoded);
    }

    [Fact]
    public void A_part_may_bring_its_clip()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var (one, two) = (Sounds.Tone(1), Sounds.Tone(2));
        var apart = model.Reply([ChatTurn.User([new AudioPart(), new AudioPart()])], [one, two], Short);
        Assert.Equal(apart.Text, model.Reply([ChatTurn.User([new ClipPart(one), new ClipPart(two)])], options: Short).Text);
        Assert.Equal(apart.Text, model.Reply([ChatTurn.User([new AudioPart(), new ClipPart(two)])], [one], Short).Text);
        Assert.Throws<ArgumentException>(() => model.Reply([ChatTurn.User([new AudioPart(), new ClipPart(two)])], options: Short));
    }

    [Fact]
    public void Whole_answers_may_be_searched_with_beams_and_other_settings_reach_the_tokens()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var options = Short with { MaxNewTokens = 12 };
        var (greedy, beams) = (model.Reply(Turns, options: options), model.Reply(Turns, options: options with { Beams = 4 }));
        Assert.NotEqual(greedy.Text, beams.Text);
        Assert.Equal(beams.Text, model.ReplyToEach([new(Turns), new(ChatTurn.User("Hello"))], options with { Beams = 4 })[0].Text);
        Assert.Throws<OptionException>(() => model.Start(Turns, options: options with { Beams = 2 }));
        Assert.Throws<OptionException>(() => model.Reply(Turns, options: options with { Beams = 2, StopStrings = ["x"] }));
        Assert.Throws<OptionException>(() => model.Reply(Turns, options: options with { NoRepeatNgramSize = -1 }));
        Assert.NotEqual(greedy.Text, model.Reply(Turns, options: options with { RepetitionPenalty = 0.05 }).Text);
        var drawn = options with { Sample = true, Temperature = 5, Seed = 3 };
        Assert.Equal(greedy.Text, model.Reply(Turns, options: drawn with { MinP = 1 }).Text); // only the most probable token is left
        Assert.NotEqual(greedy.Text, model.Reply(Turns, options: drawn).Text);
        var repeating = options with { RepetitionPenalty = 0.05 };
        Assert.NotEqual(model.Reply(Turns, options: repeating).Text, model.Reply(Turns, options: repeating with { NoRepeatNgramSize = 1 }).Text);
    }

    public void Dispose() => _tiny.Dispose();
}
