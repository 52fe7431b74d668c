using System.Diagnostics;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Progress of a training run: a line every few seconds, with loss, speed and time left.</summary>
internal sealed class TrainingDisplay(bool json)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private string _loading = "";
    private long _firstStep;
    private double _loss;
    private double _ctc;
    private double _decoder;
    private double _phones;
    private double _balance;
    private double _tokens;
    private double _audio;
    private double _seconds;
    private int _steps;

    /// <summary>What <c>--check</c> found.</summary>
    public static void Ready(string recipe, RecipeInputs inputs, bool json)
    {
        if (json)
        {
            JsonOutput.WriteLine(new { recipe, ok = true, inputs.Recordings, inputs.Seconds, inputs.Synthetic, inputs.Words, inputs.Steps, inputs.MemoryBytes, inputs.Warnings });
            return;
        }

        Console.Out.WriteLine($"recipe ok: {Plain.Name(recipe)}: {inputs.Recordings} recordings"
            + (inputs.Seconds > 0 ? $" ({inputs.Seconds / 3600:0.00} h)" : "") + (inputs.Synthetic > 0 ? $", {inputs.Synthetic} clips to synthesise" : "")
            + $", {inputs.Words} words with phones, {inputs.Steps} steps, at least {(inputs.MemoryBytes < 1e9 ? $"{inputs.MemoryBytes / 1e6:0} MB" : $"{inputs.MemoryBytes / 1e9:0.0} GB")} of memory");
    }

    public void Loading(string what, int done, int all)
    {
        lock (_gate)
        {
            var first = _loading != what;
            if (!first && done < all && _sinceLine.Elapsed < Pause) return;
            _loading = what;
            _sinceLine.Restart();
            if (json) JsonOutput.WriteLine(new { phase = what, done, all });
            else Console.Out.WriteLine($"{what}: {done} of {all}");
        }
    }

    public void Start(SpeechTrainer trainer, SpeechCorpus corpus)
    {
        _firstStep = trainer.Step;
        _sinceStart.Restart();
        _sinceLine.Restart();
        var hours = corpus.Clips.Sum(clip => clip.Frames) / 360_000.0;
        if (json)
        {
            JsonOutput.WriteLine(new { phase = "training", parameters = trainer.Parameters, clips = corpus.Clips.Count, hours, step = trainer.Step, steps = trainer.TotalSteps });
            return;
        }

        Console.Out.WriteLine($"{trainer.Parameters / 1e6:0.00} M parameters, {corpus.Clips.Count} clips, {hours:0.00} h, {corpus.Tokenizer.Size} tokens");
        if (trainer.Resumed) Console.Out.WriteLine($"going on after step {trainer.Step} of {trainer.TotalSteps}");
    }

    public void Step(StepReport report)
    {
        _loss += report.Losses.Total;
        var weights = report.Losses.Weights;
        _ctc += weights.Ctc * report.Losses.Ctc;
        _decoder += weights.Decoder * report.Losses.Decoder;
        _phones += weights.Phones * report.Losses.Phones;
        _balance += weights.Balance * report.Losses.Balance + weights.RouterZ * report.Losses.RouterZ;
        _tokens += report.Tokens;
        _audio += report.SecondsOfAudio;
        _seconds += report.Seconds;
        _steps++;
        if (_sinceLine.Elapsed < Pause && report.Step != report.TotalSteps) return;
        var left = _sinceStart.Elapsed / (report.Step - _firstStep) * (report.TotalSteps - report.Step);
        if (json)
        {
            JsonOutput.WriteLine(new
            {
                step = report.Step,
                steps = report.TotalSteps,
                loss = Math.Round(_loss / _steps, 4),
                weighted = new
                {
                    decoder = Math.Round(_decoder / _steps, 4),
                    ctc = Math.Round(_ctc / _steps, 4),
                    phones = Math.Round(_phones / _steps, 4),
                    balance = Math.Round(_balance / _steps, 4),
                },
                mean_over_steps = _steps,
                learning_rate = report.LearningRate,
                tokens_per_second = Math.Round(_tokens / _seconds),
                seconds_left = Math.Round(left.TotalSeconds),
            });
        }
        else
        {
            Console.Out.WriteLine(
                $"step {report.Step}/{report.TotalSteps}  loss {_loss / _steps:0.000} = decoder {_decoder / _steps:0.000} + ctc {_ctc / _steps:0.000} "
                + $"+ phones {_phones / _steps:0.000} + balance {_balance / _steps:0.000} (weighted, mean over {_steps} steps)  "
                + $"rate {report.LearningRate:0.00e+0}  {_tokens / _seconds:0} tokens/s, {_audio / _seconds:0}× real time  left {left:h\\:mm\\:ss}"
                + (report.SkippedSteps > 0 ? $"  skipped {report.SkippedSteps}" : ""));
        }

        (_loss, _ctc, _decoder, _phones, _balance, _tokens, _audio, _seconds, _steps) = (0, 0, 0, 0, 0, 0, 0, 0, 0);
        _sinceLine.Restart();
    }

    public void Measured(ValidationResult result) =>
        Console.Out.WriteLine(json ? ValidationReport.ToJson(result) : ValidationReport.ToText(result));

    public void Saved(string folder)
    {
        if (json) JsonOutput.WriteLine(new { saved = folder });
        else Console.Out.WriteLine($"saved {Plain.Name(folder)}");
    }

    /// <summary>The run is at its end: how to use what it made.</summary>
    public void Done(string checkpoint, string run)
    {
        if (json) JsonOutput.WriteLine(new { done = true, model = checkpoint });
        else Console.Out.WriteLine($"done; to use it: qwen2audio transcribe FILE --model {Plain.Name(run)}");
    }
}
