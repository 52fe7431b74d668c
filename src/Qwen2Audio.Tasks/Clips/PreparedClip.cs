using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>A clip converted to the model's input format, with warnings about the conversion and its sound levels.</summary>
internal sealed class PreparedClip
{
    private PreparedClip(AudioClip clip, SoundLevels levels, List<TaskWarning> warnings) => (Clip, Levels, Warnings) = (clip, levels, warnings);

    /// <summary>Mono, at the requested rate.</summary>
    public AudioClip Clip { get; }

    /// <summary>Sound levels over time.</summary>
    public SoundLevels Levels { get; }

    /// <summary>Changes made to the clip, and why it is not audible; the caller may add to the list.</summary>
    public List<TaskWarning> Warnings { get; }

    /// <summary>False for a clip that is empty or silent, with a warning.</summary>
    public bool IsAudible => Clip.Samples.Length > 0 && !Levels.IsSilent;

    /// <summary>Prepares a clip.</summary>
    public static PreparedClip Of(AudioClip clip, int sampleRate = LogMel.SampleRate)
    {
        var prepared = AudioPreparation.Prepare(clip, sampleRate);
        List<TaskWarning> warnings = [.. prepared.Warnings.Select(TaskWarning.Of)];
        var levels = new SoundLevels(prepared.Samples, sampleRate);
        if (prepared.Samples.Length == 0)
        {
            // the reader of the file may already have added this warning
            if (warnings.TrueForAll(warning => warning.Code != "empty")) warnings.Add(new TaskWarning("empty", "There are no samples."));
        }
        else if (levels.IsSilent)
        {
            warnings.Add(new TaskWarning("silence", $"The audio is silent (largest sample {levels.Peak:G2} of full scale)."));
        }

        return new PreparedClip(prepared, levels, warnings);
    }
}
