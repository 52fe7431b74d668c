using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints;

/// <summary>Compares a model's size with the memory available to this process, before anything is allocated.</summary>
public static class MemoryRequirement
{
    private static readonly string[] ContainerLimits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    /// <summary>Bytes of the machine's memory, or of the container's limit if that is lower.</summary>
    public static long Available { get; } = Measure();

    /// <summary>Refuses a model whose weights alone are larger than <paramref name="available"/> bytes.</summary>
    /// <param name="model">The model's configuration.</param>
    /// <param name="available">Available bytes; null: <see cref="Available"/>.</param>
    /// <param name="held">Bytes of the weights in use; null: in the type that the configuration names.</param>
    /// <exception cref="ConfigException">Names both sizes.</exception>
    public static void Require(ModelDescription model, long? available = null, long? held = null)
    {
        var (needed, there) = (held ?? model.WeightBytes, available ?? Available);
        if (needed > there)
            throw new ConfigException(model.Config.File, model.Config.Path,
                $"{model.Parameters:N0} parameters: needs {Gigabytes(needed)} ({(held is null ? model.StoredType : "in use")})",
                $"a model that fits into the {Gigabytes(there)} available");
    }

    /// <summary>A size for messages.</summary>
    public static string Gigabytes(long bytes) => $"{bytes / 1e9:0.0} GB";

    private static long Measure()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        // the garbage collector's figure is a share of a container's limit, but weights are not on its heap
        if (FirstNumber("/proc/meminfo") is { } kibibytes) total = kibibytes * 1024;
        foreach (var file in ContainerLimits)
            if (FirstNumber(file) is { } limit and > 0 && limit < total) total = limit;
        return total;
    }

    // MemTotal is the first line of /proc/meminfo
    private static long? FirstNumber(string file)
    {
        try
        {
            var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault("") : "";
            var digits = string.Concat(line.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit));
            return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
