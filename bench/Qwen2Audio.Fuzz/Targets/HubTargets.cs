using System.Net;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Hub;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>What an endpoint answers, and the names that are given for one.</summary>
internal static class HubTargets
{
    private static readonly RepositoryName Repository = RepositoryName.Parse("some-org/Some-Model");

    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("hub-listing", InputForm.Json,
            [Bytes($$$"""{"sha":"{{{new string('a', 40)}}}","siblings":[{"rfilename":"config.json","size":2,"blobId":"{{{new string('b', 40)}}}"},{"rfilename":"model.safetensors","size":3,"lfs":{"size":3,"sha256":"{{{new string('c', 64)}}}"}},{"rfilename":"a/b.txt"}]}""")],
            (input, _) => $"read {Math.Min(4, ListingReader.Read(input, Repository).Files.Count)}", typeof(HubException))
        { Tokens = ["sha", "siblings", "rfilename", "size", "lfs", "sha256", "blobId", "../x", "/x", "a//b", "a\\b", "CON", ".incomplete", "a/.."], Named = _ => Repository.Name };
        yield return new("hub-headers", InputForm.Text, [Bytes("X-Repo-Commit: abc\nX-Linked-Etag: \"def\"\nX-Linked-Size: 5\nETag: W/\"x\"\nContent-Length: 7")], Headers, typeof(HubException))
        { Tokens = ["X-Repo-Commit", "X-Linked-Etag", "X-Linked-Size", "ETag", "Content-Length", "W/", "\"\""], Named = _ => "", AllocatedPerByte = 32 }; // the lines, cut out by the target itself
        yield return new("hub-names", InputForm.Text, [Bytes("org/name@main"), Bytes("org/name"), Bytes("Qwen/Qwen2-Audio-7B@refs/pr/1")],
            (input, _) => $"read {RepositoryName.Parse(Encoding.UTF8.GetString(input)).Revision.Length > 0}", typeof(HubException))
        { Tokens = ["@", "/", "org", "--", ".."], Named = _ => "" };
        yield return new("hub-endpoints", InputForm.Text, [Bytes("https://huggingface.co"), Bytes("http://localhost:8080/hub/"), Bytes("https://[::1]:80/")],
            (input, _) => $"read {new HubEndpoint(Encoding.UTF8.GetString(input), "token").Address.IsAbsoluteUri}", typeof(HubException))
        { Tokens = ["http://", "https://", "ftp://", "user@", "?a=b", "#x", ":99999", "[::1]", "%00"], Named = _ => "" };
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Headers(byte[] input, Workspace place)
    {
        using var answer = new HubResponse();
        foreach (var trusted in new[] { true, false })
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK);
            foreach (var line in Encoding.Latin1.GetString(input).Split('\n'))
            {
                var parts = line.Split(':', 2);
                if (parts.Length != 2) continue;
                if (!response.Headers.TryAddWithoutValidation(parts[0].Trim(), parts[1].Trim())) response.Content.Headers.TryAddWithoutValidation(parts[0].Trim(), parts[1].Trim());
            }

            answer.Take(response, trusted);
        }

        if (answer.Size < 0) throw new WrongResultException($"a size of {answer.Size}");
        if (answer.ETag?.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) == true) throw new WrongResultException($"the tag {answer.ETag} as a file's name");
        return $"{answer.Commit is null} {answer.ETag is null} {answer.Size is null}";
    }
}
