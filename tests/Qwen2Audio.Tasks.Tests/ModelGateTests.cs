using System.Runtime.CompilerServices;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Tests.Whisper;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Several callers use one model at the same time: each gets the result that it gets alone, and none waits for another's whole call.</summary>
public sealed class ModelGateTests
{
    private static readonly double[] Lengths = [0.5, 7, 1.3, 4, 0.9, 2.6, 5.5, 1];

    /// <summary>In this project's tests, a turn ends after every layer.</summary>
    [ModuleInitializer]
    internal static void LetOthersInAtEveryLayer() => Turn.Slice = TimeSpan.Zero;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Small_models(bool asynchronously)
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        await Agree(async (seconds, token) =>
        {
            var transcriber = new Transcriber(model, new TranscriberOptions { MaxPieceSeconds = 1, SpeechGate = false });
            var transcription = asynchronously ? await transcriber.TranscribeAsync(Sounds.Noise(seconds), cancellation: token) : transcriber.Transcribe(Sounds.Noise(seconds), cancellation: token);
            var answer = new Classifier(model).Classify(Sounds.Noise(seconds), cancellation: token);
            return $"{transcription.Text} {string.Join(' ', transcription.Words.Select(word => $"{word.Start} {word.Confidence}"))} {string.Join(' ', answer.Labels)}";
        });
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Whisper_models(bool asynchronously)
    {
        using var tiny = new TinyWhisper();
        using var model = LoadedWhisper.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        await Agree(async (seconds, token) =>
        {
            var transcriber = new WhisperTranscriber(model, new WhisperOptions { Beams = seconds > 2 ? 3 : 1, WordTimes = true, MaxTokens = 12 });
            var transcription = asynchronously ? await transcriber.TranscribeAsync(Sounds.Noise(seconds), cancellation: token) : transcriber.Transcribe(Sounds.Noise(seconds), cancellation: token);
            var answer = new WhisperClassifier(model, "en").Classify(Sounds.Noise(seconds), ["one", "two"], cancellation: token);
            return $"{transcription.Text} {string.Join(' ', transcription.Words)} {string.Join(' ', answer.Labels)}";
        });
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Chat_models(bool asynchronously)
    {
        using var tiny = new TinyChat();
        using var model = ChatModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        await Agree(async (seconds, token) =>
        {
            ChatTurn[] turns = [ChatTurn.User([new ClipPart(Sounds.Noise(Math.Min(seconds, 2))), new TextPart($"What is said in {seconds} seconds?")])];
            var options = new AnswerOptions { MaxNewTokens = 4 + (int)seconds, Sample = true, Seed = (ulong)(seconds * 10) };
            var reply = asynchronously ? await model.ReplyAsync(turns, options: options, cancellation: token) : model.Reply(turns, options: options, cancellation: token);
            token.ThrowIfCancellationRequested();
            var weighed = model.ScoreAnswers(turns, ["one", "two or three"], cancellation: token);
            return $"{reply.Text} {reply.Ended} {string.Join(' ', weighed.Labels)}";
        });
    }

    [Fact]
    public async Task A_short_clip_is_done_before_a_long_one_that_began_earlier()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        var transcriber = new Transcriber(model, new TranscriberOptions { MaxPieceSeconds = 1, SpeechGate = false });
        using var begun = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        var progress = new StartSignal(begun);
        var endless = transcriber.TranscribeAsync(Sounds.Noise(600), progress, cancel.Token); // ends by cancellation at the latest
        begun.Wait(TestContext.Current.CancellationToken);
        await transcriber.TranscribeAsync(Sounds.Noise(0.5), cancellation: TestContext.Current.CancellationToken);
        Assert.False(endless.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
    }

    [Fact]
    public async Task Models_share_workers_and_disposal_waits_for_those_who_compute()
    {
        using var tiny = new TinyModel();
        using var other = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        using var begun = new ManualResetEventSlim();
        var transcribing = new Transcriber(model, new TranscriberOptions { MaxPieceSeconds = 1 }).TranscribeAsync(Sounds.Noise(20), new StartSignal(begun), TestContext.Current.CancellationToken);
        begun.Wait(TestContext.Current.CancellationToken);
        var beside = await new Transcriber(other).TranscribeAsync(Sounds.Noise(0.5), cancellation: TestContext.Current.CancellationToken);
        await Task.Run(model.Dispose, TestContext.Current.CancellationToken);
        Assert.True(transcribing.IsCompletedSuccessfully || !transcribing.IsCompleted); // not torn down under its feet
        Assert.Equal(20, (await transcribing).SecondsOfAudio, 6);
        Assert.Equal(new Transcriber(other).Transcribe(Sounds.Noise(0.5), cancellation: TestContext.Current.CancellationToken).Text, beside.Text);
    }

    /// <summary>Runs eight callers together, some of them cancelled midway, three times.</summary>
    private static async Task Agree(Func<double, CancellationToken, Task<string>> call)
    {
        var alone = new List<string>();
        foreach (var seconds in Lengths) alone.Add(await call(seconds, default));
        for (var round = 0; round < 3; round++)
        {
            using var cancelled = new CancellationTokenSource();
            var calls = Lengths.Select((seconds, i) => Task.Run(() => call(seconds, (i + round) % 3 == 0 ? cancelled.Token : default))).ToArray();
            await calls[(1 + 3 - round) % 3]; // one that is not cancelled
            await cancelled.CancelAsync();
            for (var i = 0; i < calls.Length; i++)
            {
                try
                {
                    Assert.Equal(alone[i], await calls[i]);
                }
                catch (OperationCanceledException)
                {
                    Assert.Equal(0, (i + round) % 3);
                }
            }
        }
    }

    private sealed class StartSignal(ManualResetEventSlim begun) : IProgress<double>
    {
        public void Report(double value) => begun.Set();
    }
}
