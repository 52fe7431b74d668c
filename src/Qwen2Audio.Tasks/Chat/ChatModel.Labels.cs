using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Chat;

public sealed partial class ChatModel
{
    /// <summary>
    /// Compares given answers to a conversation by the model's log probability of each: ln P of answer and end
    /// of turn, divided by the number of tokens. Unlike a generated text, the result is always one of the given answers.
    /// </summary>
    /// <param name="turns">The conversation; its last turn is answered. It should list the answers.</param>
    /// <param name="clips">The clips, as in <see cref="Start(IReadOnlyList{ChatTurn}, IReadOnlyList{AudioClip}?, AnswerOptions?, CancellationToken)"/>.</param>
    /// <param name="cancellation">Ends the work between two layers with an exception.</param>
    /// <exception cref="ArgumentException">There are no answers, or empty or repeated ones, or the number of clips differs from the number of placeholders.</exception>
    /// <exception cref="ContextLengthException">Conversation and answer do not fit into the context.</exception>
    /// <exception cref="ClipLengthException">A clip is longer than the encoder's window.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Classification ScoreAnswers(
        IReadOnlyList<ChatTurn> turns, IReadOnlyList<string> answers, IReadOnlyList<AudioClip>? clips = null, CancellationToken cancellation = default) =>
        ModelGate.Wait(() => ScoreAnswersAsync(turns, answers, clips, cancellation));

    /// <summary>Asynchronous form; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="ScoreAnswers"/>
    public async Task<Classification> ScoreAnswersAsync(
        IReadOnlyList<ChatTurn> turns, IReadOnlyList<string> answers, IReadOnlyList<AudioClip>? clips = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(turns);
        var began = Stopwatch.GetTimestamp();
        var chosen = ClosedSet.Check(answers, Kind);
        var given = ClipPart.Clips(turns, clips);
        var end = Tokenizer.ControlId(ControlNames.TurnEnd);
        List<TaskWarning> warnings = [];
        int[][] tokens = [.. chosen.Select(answer => (int[])[.. Tokenizer.Encode(answer.Trim()), end])];
        var scores = await ScoreAsync(Template.Render(turns).Encode(Tokenizer), given, tokens, warnings, cancellation).ConfigureAwait(false);
        return new Classification
        {
            Labels = ClosedSet.Mean(chosen, [(1, ClosedSet.Probabilities(scores, tokens))]),
            Task = "prompt",
            SpeechProbability = null,
            Warnings = warnings,
            SecondsOfAudio = given.Sum(clip => clip.Seconds),
            SecondsTaken = Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }

    /// <summary>Log probability of each answer and its end of turn after a prompt of ids.</summary>
    internal Task<double[]> ScoreAsync(
        int[] prompt, IReadOnlyList<AudioClip> clips, IReadOnlyList<int[]> answers, List<TaskWarning> warnings, CancellationToken cancellation) =>
        Gate.RunAsync(() => ScoreNow(prompt, clips, answers, warnings, cancellation), cancellation);

    /// <inheritdoc cref="ScoreAsync"/>
    internal double[] Score(
        int[] prompt, IReadOnlyList<AudioClip> clips, IReadOnlyList<int[]> answers, List<TaskWarning> warnings, CancellationToken cancellation) =>
        Gate.Run(() => ScoreNow(prompt, clips, answers, warnings, cancellation), cancellation);

    private double[] ScoreNow(
        int[] prompt, IReadOnlyList<AudioClip> clips, IReadOnlyList<int[]> answers, List<TaskWarning> warnings, CancellationToken cancellation)
    {
        var (ids, audio) = Expand(prompt, clips, warnings, answered: 0, cancellation);
        var longest = answers.Max(answer => answer.Length);
        if (ids.Length + longest > ContextLength) throw new ContextLengthException(ids.Length, longest, ContextLength);
        using var state = new SequenceState(1, ids.Length + longest);
        var session = new DecodingSession(_decoder, _parts.Ops, state);
        var next = session.Admit(Embed(ids, audio), Layout.Of(ids.Length)).Row(0).ToArray();
        return ContinuationScores.Of(session, 0, next, answers);
    }
}
