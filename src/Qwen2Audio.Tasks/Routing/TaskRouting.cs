using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Routing;

/// <summary>Which experts a small model's decoder chooses in each task: everything that the decoder computes for the task counts.</summary>
public sealed class TaskRouting : IDisposable
{
    private const double Added = 1; // seconds that continue adds

    private readonly SpeechModel _model;
    private readonly Transcriber _transcriber;
    private readonly Classifier _classifier;
    private readonly Continuer? _continuer;
    private readonly Synthesizer? _synthesizer;
    private readonly RouterProbe _probe;

    private TaskRouting(SpeechModel model, Continuer? continuer, Synthesizer? synthesizer, RouterProbe probe)
    {
        (_model, _continuer, _synthesizer, _probe) = (model, continuer, synthesizer, probe);
        (_transcriber, _classifier) = (new Transcriber(model), new Classifier(model));
        model.Gate.Probe = probe;
        Tasks = ["transcribe", .. model.Info.LabelSets.Count > 0 ? ["classify"] : (string[])[], .. continuer is null ? (string[])[] : ["continue"], .. synthesizer is null ? (string[])[] : ["speak"]];
    }

    /// <summary>The tasks that the model does: transcribe, classify, and if it speaks continue and, with pronunciations, speak.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>Loads a small model.</summary>
    /// <param name="path">A folder or a training run.</param>
    /// <param name="frontEnd">Pronounces texts; null: nothing is spoken.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="NotSupportedException">The model is of another kind, or its decoder has no experts.</exception>
    /// <exception cref="CheckpointException">Weights are missing or damaged.</exception>
    /// <exception cref="ConfigException">config.json is damaged.</exception>
    public static TaskRouting Load(string path, TextFrontEnd? frontEnd = null, ModelLoadOptions? options = null) => Ownership.Pass(SpeechModel.Load(path, options), model =>
    {
        var probe = new RouterProbe(model.Info.Config.TextConfig, path);
        return model.Info.Config.Synthesis is null ? new TaskRouting(model, null, null, probe) : new TaskRouting(model, Continuer.Of(model), frontEnd is null ? null : Synthesizer.Of(model, frontEnd), probe);
    });

    /// <summary>Does a task and counts.</summary>
    /// <param name="task">One of <see cref="Tasks"/>.</param>
    /// <param name="clip">The audio, for all but speak.</param>
    /// <param name="text">The text, for speak.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public RouterUse Use(string task, AudioClip clip, string text, CancellationToken cancellation = default)
    {
        _probe.Take();
        switch (task)
        {
            case "transcribe": _transcriber.Transcribe(clip, cancellation: cancellation); break;
            case "classify": _classifier.Classify(clip, cancellation: cancellation); break;
            case "continue" when _continuer is not null:
                _continuer.Continue(_continuer.Tokenizer.Encode(clip, cancellation: cancellation), new ContinuationOptions { Seconds = Added }, cancellation);
                break;
            case "speak" when _synthesizer is not null:
                foreach (var _ in _synthesizer.Speak(text, cancellation: cancellation)) { }
                break;
            default: throw new ArgumentException($"The task is {task}; allowed: {string.Join(", ", Tasks)}.", nameof(task));
        }

        return _probe.Take();
    }

    public void Dispose() => _model.Dispose();
}
